#pragma once

// How many requests may be in flight to a server, by its answers.

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace tcr::runtime
{

/// How many requests a server gets at a time, adapted to its answers: additive increase, multiplicative
/// decrease (as in TCP, RFC 5681 section 3.1). Pure: the caller passes the time.
class concurrency_limit
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    struct options
    {
        std::size_t max = 16;                         ///< initial and max limit, at least 1
        std::size_t successes_per_step = 16;          ///< successes that raise the limit by one
        std::chrono::milliseconds window{1000};       ///< at most one cut in this time: one cause, one cut
        std::chrono::milliseconds max_pause{30'000};  ///< max Retry-After, before the random part
    };

    explicit concurrency_limit(options how) : options_(how), limit_(how.max) {}

    /// The server completed a request.
    void succeeded();

    /// The server is overloaded: it reported that, or did not answer in time. Halves the limit, at most once
    /// in each `window`. A `retry_after` (zero: the server named none) pauses all requests, extended by up to
    /// a quarter, by `random` in [0, 1), so that several clients do not return at the same moment.
    void pushed_back(std::chrono::milliseconds retry_after, time_point now, double random);

    /// Max requests in flight, at least 1.
    std::size_t max() const { return options_.max; }

    /// Changes the maximum. A limit that the server's answers have cut stays cut.
    void set_max(std::size_t max)
    {
        limit_ = limit_ == options_.max ? max : std::min(limit_, max);
        options_.max = max;
    }

    /// Requests that may be in flight now, at least 1.
    std::size_t limit() const { return limit_; }

    /// No request may begin before this time; in the past if there is no pause.
    time_point paused_until() const { return paused_until_; }

private:
    options options_;
    std::size_t limit_;
    std::size_t successes_ = 0;  ///< since the limit last changed
    time_point cut_until_{};     ///< end of the window of the last cut
    time_point paused_until_{};
};

}  // namespace tcr::runtime
