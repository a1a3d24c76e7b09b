// SPDX-License-Identifier: Apache-2.0
#include "failures.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace tcr::app
{

int log_start_failure(logger& log, error const& cause)
{
    log.error("cannot start", {{"error", cause.message()}});
    return cause.code.category() == boost::system::system_category() ? 1 : 2;
}

bool log_failure(logger& log, std::exception_ptr ended_by)
{
    if (!ended_by)
        return false;
    try
    {
        std::rethrow_exception(ended_by);
    }
    catch (std::exception const& e)
    {
        auto const* system = dynamic_cast<boost::system::system_error const*>(&e);
        if (system != nullptr && system->code() == boost::asio::error::operation_aborted)
            return false;
        log.error("a task of the process failed", {{"error", e.what()}});
    }
    return true;
}

}  // namespace tcr::app
