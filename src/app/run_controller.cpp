#include "controller_process.hpp"
#include <tcr/app/run_controller.hpp>

namespace tcr::app
{

int run_controller(std::vector<std::string> words, controller_command const& command)
{
    logger log(stderr, command.level, command.format);
    auto process = controller_process::make(reloadable_config(std::move(words), command), log);
    if (!process)
    {
        log.error("cannot start", {{"why", process.error().message()}});
        // An address in use is the machine's state, not a mistake in the configuration.
        bool const is_system = process.error().code.category() == boost::system::system_category();
        return is_system ? 1 : 2;
    }
    return (*process)->run() ? 0 : 1;
}

}  // namespace tcr::app
