#pragma once

// Logs why a process cannot start or has failed.

#include <tcr/log/logger.hpp>
#include <tcr/util/error.hpp>

#include <exception>

namespace tcr::app
{

/// Logs why the process cannot start. \return the exit status: 1 if the system is the cause, such as an
/// address in use; 2 if the configuration cannot be used.
int log_start_failure(logger& log, error const& cause);

/// Logs the exception that ended one of the process's own coroutines. \return whether it failed: neither
/// cancellation nor an end without an exception is a failure.
bool log_failure(logger& log, std::exception_ptr ended_by);

}  // namespace tcr::app
