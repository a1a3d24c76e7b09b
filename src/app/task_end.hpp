#pragma once

#include <tcr/log/logger.hpp>

#include <exception>

namespace tcr::app
{

/// Logs why one of the process's own coroutines ended by an exception. \return whether it failed: being
/// cancelled is no failure, nor is an end without an exception.
bool log_failure(logger& log, std::exception_ptr ended_by);

}  // namespace tcr::app
