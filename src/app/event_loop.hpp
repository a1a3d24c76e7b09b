// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs the event loop and measures its turns and its lag.

#include <tcr/log/logger.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/event_loop_meter.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <optional>

namespace tcr::app
{

/// Max CPU time of a turn, for tests: the environment variable TCR_MAX_TURN_MS, in ms; nullopt if the
/// variable is not set or not a positive number.
std::optional<std::chrono::milliseconds> max_turn_from_environment();

/// Runs the loop until it has no more work, and measures its turns. Work before this call, such as reading
/// the configuration and binding addresses, is not measured.
/// \return whether no turn took more CPU time than `max_turn`. Each longer turn is logged. Without
/// `max_turn`, returns true.
bool run_event_loop(
    asio::io_context& loop,
    event_loop_meter& meter,
    std::optional<std::chrono::milliseconds> max_turn,
    logger& log
);

/// Measures every 5 s how late a timer fires, until cancelled.
/// \par Cancellation terminal, by exception.
/// \par Lifetimes `meter` must outlive the coroutine.
task<void> measure_lag(event_loop_meter& meter);

}  // namespace tcr::app
