// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides when answers on many connections are read together.

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace tcr::net
{

/// Decides whether answers are read together, and how often. Pure: the caller passes the time.
///
/// A wake-up of the event loop costs more than reading an answer. In a measurement, a write and its watch
/// event cost half as much if one wake-up handled several writes. While many requests are in flight, answers
/// and watch events therefore wait for a common read.
///
/// Common reads happen at multiples of the coalescing interval. `runtime::cpu_pace` also begins delayed
/// writes at such multiples, so that one wake-up serves a common read and the writes. The interval adapts so
/// that each common read gets the answers to about half of the requests in flight. The other half keeps the
/// server busy.
class read_coalescer
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    struct options
    {
        bool is_allowed = true;                 ///< false: each answer is read when it arrives
        std::chrono::milliseconds shortest{2};  ///< min coalescing interval, more than 0
        std::chrono::milliseconds longest{16};
    };

    explicit read_coalescer(options how) : options_(how), interval_(how.shortest) {}

    /// Records that a request is sent. Do not call it for a watch: no caller waits for the end of a watch.
    void request_started(time_point now)
    {
        decay(now);
        recent_ = std::min(recent_ + 1, max_recent);
        ++in_flight_;
    }

    /// Records that a request was answered or abandoned.
    void request_ended()
    {
        --in_flight_;
        ++ended_;
    }

    /// Whether answers are read together now. Requires `options::is_allowed`, enough recent requests, and
    /// enough requests in flight. With few requests, answers are not read together, because a caller that
    /// waits for each answer before the next request could then send only one request per interval.
    bool is_on(time_point now)
    {
        decay(now);
        return options_.is_allowed && recent_ >= min_recent && in_flight_ >= min_in_flight;
    }

    /// Returns the time of the next common read after `now`. Also adapts the interval, so call it once per
    /// common read.
    time_point next_read(time_point now)
    {
        auto const requests = in_flight_ + ended_;
        if (ended_ * 4 > requests * 3)
            interval_ = std::max<duration>(interval_ / 2, options_.shortest);
        else if (ended_ * 4 < requests)
            interval_ = std::min<duration>(interval_ * 2, options_.longest);
        ended_ = 0;
        return now + (interval_ - now.time_since_epoch() % interval_);
    }

private:
    /// Min value of `recent_` for common reads. A single new namespace causes about six requests. The min
    /// value is higher, so that their answers are read immediately.
    static constexpr double min_recent = 8;
    static constexpr std::size_t min_in_flight = 3;  ///< min requests in flight for common reads
    static constexpr double max_recent = 48;         ///< upper limit of `recent_`
    static constexpr double decay_rate = 100;        ///< subtracted from `recent_` per second

    void decay(time_point now)
    {
        std::chrono::duration<double> const elapsed = now - decayed_at_;
        recent_ = std::max(0.0, recent_ - decay_rate * elapsed.count());
        decayed_at_ = now;
    }

    options options_;
    duration interval_;
    double recent_ = 0;  ///< recent requests: each adds 1, and `decay_rate` is subtracted per second
    time_point decayed_at_{};
    std::size_t in_flight_ = 0;
    std::size_t ended_ = 0;  ///< requests that ended since the last call of `next_read`
};

}  // namespace tcr::net
