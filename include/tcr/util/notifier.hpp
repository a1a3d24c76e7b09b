// SPDX-License-Identifier: Apache-2.0
#pragma once

// Wakes a waiting coroutine.

#include <tcr/util/async.hpp>

#include <boost/asio/steady_timer.hpp>

namespace tcr
{

/// Lets one coroutine sleep until another calls `notify`, or until a deadline. If no coroutine waits,
/// `notify` ends the next wait at once, so no notification is lost.
class notifier
{
public:
    explicit notifier(asio::any_io_executor executor) : timer_(executor) {}

    /// Wakes the waiting coroutine. If no coroutine waits, ends the next wait at once.
    void notify()
    {
        pending_ = true;
        timer_.cancel();
    }

    /// Returns at a notification or at `deadline`, whichever comes first. Only one coroutine may wait at a
    /// time.
    /// \par Cancellation terminal: the wait returns, and the caller's next `co_await` throws.
    task<void> wait_until(std::chrono::steady_clock::time_point deadline)
    {
        if (!pending_)
        {
            timer_.expires_at(deadline);
            co_await timer_.async_wait(use_tuple);
        }
        pending_ = false;
    }

    /// Returns at a notification.
    task<void> wait() { return wait_until(std::chrono::steady_clock::time_point::max()); }

private:
    asio::steady_timer timer_;
    bool pending_ = false;
};

}  // namespace tcr
