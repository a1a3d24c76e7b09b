#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace tcr::runtime
{

/// How much may be asked of a server at a time, by what it answers: additive increase, multiplicative
/// decrease (as TCP does, RFC 5681 section 3.1). Pure: the caller tells the time.
class concurrency_limit
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    struct options
    {
        std::size_t most = 16;                   ///< the limit at the start and at its highest, from 1 on
        std::size_t successes_a_step = 16;       ///< that raise the limit by one
        std::chrono::milliseconds window{1000};  ///< in which at most one cut falls: one trouble, one cut
        std::chrono::milliseconds longest_pause{30'000};  ///< of what a server may ask for, before the spread
    };

    explicit concurrency_limit(options how) : options_(how), limit_(how.most) {}

    /// The server did what it was asked.
    void succeeded();

    /// The server has too much to do: it said so or did not answer in time. Halves the limit. A `retry_after`
    /// (zero where the server named none) pauses everything, for longer by up to a quarter, by `random` in
    /// [0, 1), so that several clients do not come back in one moment.
    void pushed_back(std::chrono::milliseconds retry_after, time_point now, double random);

    /// What may be in flight at the most, from 1 on.
    std::size_t most() const { return options_.most; }

    /// Another maximum from now on. What the server's answers have cut stays cut.
    void set_most(std::size_t most)
    {
        limit_ = limit_ == options_.most ? most : std::min(limit_, most);
        options_.most = most;
    }

    /// What may be in flight, at least 1.
    std::size_t limit() const { return limit_; }

    /// Nothing new is to begin before; in the past where nothing pauses.
    time_point paused_until() const { return paused_until_; }

private:
    options options_;
    std::size_t limit_;
    std::size_t successes_ = 0;  ///< since the limit last changed
    time_point cut_until_{};     ///< end of the window of the last cut
    time_point paused_until_{};
};

}  // namespace tcr::runtime
