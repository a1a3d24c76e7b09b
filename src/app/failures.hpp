// SPDX-License-Identifier: Apache-2.0
#pragma once

// Logs why a process cannot start or has failed.

#include <tcr/log/logger.hpp>
#include <tcr/util/error.hpp>

#include <exception>

namespace tcr::app
{

/// Logs why the process cannot start. \return the exit status. 1: the system is the cause, such as an address
/// in use. 2: the configuration cannot be used.
int log_start_failure(logger& log, error const& cause);

/// Logs the exception that ended a coroutine of the process. \return true, or false without logging if
/// `ended_by` is null or a cancellation.
bool log_failure(logger& log, std::exception_ptr ended_by);

}  // namespace tcr::app
