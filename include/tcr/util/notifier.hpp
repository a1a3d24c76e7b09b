#pragma once

// Wakes a waiting coroutine.

#include <tcr/util/async.hpp>

#include <boost/asio/steady_timer.hpp>

namespace tcr
{

/// Lets one coroutine sleep until another calls `notify`, or until a deadline. A notification without a
/// waiter is kept for the next wait, so none is lost.
class notifier
{
public:
    explicit notifier(asio::any_io_executor executor) : timer_(executor) {}

    /// Wakes the waiter, now or at its next wait.
    void notify()
    {
        pending_ = true;
        timer_.cancel();
    }

    /// Returns at a notification or at `deadline`, whichever is first. One waiter at a time.
    /// \par Cancellation terminal; returns, and the next `co_await` throws.
    task<void> wait_until(std::chrono::steady_clock::time_point deadline)
    {
        if (!pending_)
        {
            timer_.expires_at(deadline);
            co_await timer_.async_wait(use_tuple);
        }
        pending_ = false;
    }

    /// The same without a deadline.
    task<void> wait() { return wait_until(std::chrono::steady_clock::time_point::max()); }

private:
    asio::steady_timer timer_;
    bool pending_ = false;
};

}  // namespace tcr
