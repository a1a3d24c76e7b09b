#pragma once

#include <tcr/log/logger.hpp>

#include <exception>

namespace tcr::app
{

/// Logs the exception that ended one of the process's own coroutines. \return whether it failed: neither
/// cancellation nor an end without an exception is a failure.
bool log_failure(logger& log, std::exception_ptr ended_by);

}  // namespace tcr::app
