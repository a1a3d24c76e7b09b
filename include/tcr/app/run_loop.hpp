#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>

namespace tcr::app
{

/// Runs the loop until it is out of work, batching wake-ups while much happens.
///
/// A turn that handled several events is followed by a sleep to the next tick, so that the events of a burst
/// are taken together: the price of a watch event or an answer is mostly the wake-up. A quiet loop sleeps
/// in the kernel and wakes at once, so a single change keeps its latency.
void run_batched(
    boost::asio::io_context& loop, std::chrono::milliseconds tick = std::chrono::milliseconds{5}
);

}  // namespace tcr::app
