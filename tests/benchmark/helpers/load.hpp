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

/// What a call came to.
enum class outcome
{
    good,    ///< what it was made for: a reference, a yes
    lacking  ///< anything else, no answer included
};

/// One call; the number tells it from the others.
using call = std::function<task<outcome>(std::size_t)>;

struct load_figures
{
    latencies latency;
    latencies lateness;  ///< of our own: from the moment a call was due to when we began it
    std::size_t good = 0;
    double seconds = 0;  ///< until the last answer

    std::size_t count() const { return latency.count(); }
};

/// Calls at a steady rate, whether those before have ended or not (an open loop).
struct steady_load
{
    double calls_a_second = 1;
    std::function<bool(std::size_t)> goes_on;  ///< asked before each call, which gets this number
    call make;
};

/// Makes the calls of all these loads, beside one another. Latency counts from the moment when a call was due, so
/// that a stall is seen by each call that would have been made during it. What else is in the loop goes on meanwhile.
/// Throws what a call throws. \return the figures of each load.
std::vector<load_figures> offer(asio::io_context& loop, std::vector<steady_load> const& loads);

/// The same of a single load that lasts so long.
load_figures offer(
    asio::io_context& loop, double calls_a_second, std::chrono::duration<double> length, call const& make
);

/// Each of so many callers makes one call after another, as fast as they are answered (a closed loop).
/// Throws what a call throws.
load_figures exhaust(
    asio::io_context& loop, std::size_t callers, std::chrono::duration<double> length, call const& make
);

/// Runs one coroutine, and throws what it throws. What else is in the loop goes on meanwhile.
void run_to_end(asio::io_context& loop, std::function<task<void>()> work);

}  // namespace tcr::benchmark
