#include "task_end.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace tcr::app
{

bool log_failure(logger& log, std::exception_ptr ended_by)
{
    if (!ended_by)
        return false;
    try
    {
        std::rethrow_exception(ended_by);
    }
    catch (boost::system::system_error const& e)
    {
        if (e.code() == boost::asio::error::operation_aborted)
            return false;
        log.error("failed", {{"why", e.what()}});
    }
    catch (std::exception const& e)
    {
        log.error("failed", {{"why", e.what()}});
    }
    return true;
}

}  // namespace tcr::app
