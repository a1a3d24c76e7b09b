// SPDX-License-Identifier: Apache-2.0
#include "controller_process.hpp"
#include "failures.hpp"
#include <tcr/app/run_controller.hpp>

namespace tcr::app
{

int run_controller(std::vector<std::string> words, controller_command const& command)
{
    logger log(stderr, command.level, command.format);
    auto process = controller_process::make(reloadable_config(std::move(words), command), log);
    if (!process)
        return log_start_failure(log, process.error());
    return (*process)->run() ? 0 : 1;
}

}  // namespace tcr::app
