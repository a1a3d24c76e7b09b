#pragma once

#include <tcr/net/read_coalescer.hpp>
#include <tcr/util/async.hpp>

#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace tcr::net
{

/// Lets the connections of a client read at common times (beats) while `read_coalescer` asks for it.
class input_batch
{
public:
    input_batch(asio::any_io_executor executor, read_coalescer::options how) : rhythm_(how), beat_(executor)
    {
    }

    read_coalescer& rhythm() { return rhythm_; }

    bool is_on() { return rhythm_.is_on(std::chrono::steady_clock::now()); }

    /// Completes at the next beat by `void(error_code)`. \par Cancellation terminal.
    template <class Handler>
    void wait(Handler&& handler)
    {
        auto const now = std::chrono::steady_clock::now();
        // Other waiters wait for the same beat. Setting the same time again would wake them.
        if (beat_.expiry() <= now)
            beat_.expires_at(rhythm_.next_beat(now));
        beat_.async_wait(std::forward<Handler>(handler));
    }

private:
    read_coalescer rhythm_;
    asio::steady_timer beat_;
};

}  // namespace tcr::net
