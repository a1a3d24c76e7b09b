// SPDX-License-Identifier: Apache-2.0
#pragma once

// Makes the connections of a client read at common times.

#include <tcr/net/read_coalescer.hpp>
#include <tcr/util/async.hpp>

#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace tcr::net
{

/// Makes the connections of a client read at common times while `read_coalescer` is on.
class input_batch
{
public:
    input_batch(asio::any_io_executor executor, read_coalescer::options how)
        : coalescer_(how), timer_(executor)
    {
    }

    read_coalescer& coalescer() { return coalescer_; }

    bool is_on() { return coalescer_.is_on(std::chrono::steady_clock::now()); }

    /// Calls `handler(error_code)` at the time of the next common read. \par Cancellation terminal.
    template <class Handler>
    void wait(Handler&& handler)
    {
        auto const now = std::chrono::steady_clock::now();
        // If other connections already wait, keeps the timer's expiry: a new expiry would wake these
        // connections.
        if (timer_.expiry() <= now)
            timer_.expires_at(coalescer_.next_read(now));
        timer_.async_wait(std::forward<Handler>(handler));
    }

private:
    read_coalescer coalescer_;
    asio::steady_timer timer_;
};

}  // namespace tcr::net
