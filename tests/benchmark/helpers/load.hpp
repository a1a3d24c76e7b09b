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

/// One call; the number identifies it.
using call = std::function<task<outcome>(std::size_t)>;

struct load_figures
{
    latencies latency;
    latencies lateness;  ///< delay of this program: from a call's due time to its start
    std::size_t good = 0;
    double seconds = 0;  ///< until the last answer

    std::size_t count() const { return latency.count(); }
};

/// Calls at a steady rate, independent of earlier answers (an open loop).
struct steady_load
{
    double calls_a_second = 1;
    std::function<bool(std::size_t)> should_continue;  ///< checked before each call, with the call's number
    call make;
};

/// Makes the calls of all these loads concurrently. Latency counts from the time at which a call was due, so
/// every call that is due during a stall shows the stall. Other work in the loop continues. Throws what a
/// call throws. \return the results of each load
std::vector<load_figures> offer(asio::io_context& loop, std::vector<steady_load> const& loads);

/// The same for a single load with this duration.
load_figures offer(
    asio::io_context& loop, double calls_a_second, std::chrono::duration<double> length, call const& make
);

/// Several callers, each of which makes its next call after the answer to the previous one (a closed loop).
/// Throws what a call throws.
load_figures saturate(
    asio::io_context& loop, std::size_t callers, std::chrono::duration<double> length, call const& make
);

/// Runs one coroutine, and throws what it throws. Other work in the loop continues.
void run_to_end(asio::io_context& loop, std::function<task<void>()> work);

}  // namespace tcr::benchmark
