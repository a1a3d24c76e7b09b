// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "latencies.hpp"
#include <tcr/util/async.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

namespace tcr::benchmark
{

/// The result of a call.
enum class outcome
{
    good,    ///< the expected result, such as a reference
    lacking  ///< any other result, including no answer
};

/// Makes one call. The number identifies the call.
using call = std::function<task<outcome>(std::size_t)>;

struct load_figures
{
    latencies latency;
    latencies lateness;  ///< delay by this program: from the due time of a call to its start
    std::size_t good = 0;
    double seconds = 0;  ///< time from the start to the last answer

    std::size_t count() const { return latency.count(); }
};

/// Calls at a steady rate, independent of answers (an open loop).
struct steady_load
{
    double calls_a_second = 1;
    std::function<bool(std::size_t)> should_continue;  ///< checked before each call, with the call's number
    call make;
};

/// Makes the calls of all these loads concurrently. The latency of a call starts at its due time, not at its
/// actual start. So every call that is due during a stall includes the stall. Other work in the loop
/// continues. Throws the exception of a call. \return the results of each load
std::vector<load_figures> offer(asio::io_context& loop, std::vector<steady_load> const& loads);

/// Makes the calls of a single load for this duration.
load_figures offer(
    asio::io_context& loop, double calls_a_second, std::chrono::duration<double> length, call const& make
);

/// Runs several callers. Each caller makes its next call after the answer to its previous call (a closed
/// loop). Throws the exception of a call.
load_figures saturate(
    asio::io_context& loop, std::size_t callers, std::chrono::duration<double> length, call const& make
);

/// Runs one coroutine to its end. Throws the exception of the coroutine. Other work in the loop continues.
void run_to_end(asio::io_context& loop, std::function<task<void>()> work);

}  // namespace tcr::benchmark
