// SPDX-License-Identifier: Apache-2.0
#include <tcr/app/program.hpp>

#include <sys/resource.h>

#include <exception>
#include <iostream>

int main(int argc, char** argv)
{
    // Disable core dumps, because they would contain credentials.
    rlimit const no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    try
    {
        tcr::app::program_role const role(argc > 0 ? argv[0] : "");
        return tcr::app::run_program(role, {argv + 1, argv + argc});
    }
    catch (std::exception const& e)
    {
        std::cerr << "tcr-assistant: " << e.what() << "\n";
        return 1;
    }
}
