#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace tcr::net
{

/// Decides whether answers are read together, and how often.
///
/// Reading an answer costs less than the wake-up for it: measured, a write and its watch event cost half as
/// much if one wake-up handles several. So while many requests are in flight, answers and events wait for a
/// common time, a beat. The beats lie on a grid, so that other users of beats of the same length wake at the
/// same times. The interval adapts: at each beat about half of the requests should be answered, so that the
/// server always has work. Pure: the caller passes the time.
class read_coalescer
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    struct options
    {
        bool is_allowed = true;                 ///< false: each answer is read when it arrives
        std::chrono::milliseconds shortest{2};  ///< min interval of beats, more than 0
        std::chrono::milliseconds longest{16};
    };

    explicit read_coalescer(options how) : options_(how), beat_(how.shortest) {}

    /// A request is sent that is answered immediately and as a whole, unlike a watch.
    void begun(time_point now)
    {
        cool(now);
        heat_ = std::min(heat_ + 1, most_heat);
        ++in_flight_;
    }

    /// The request was answered or abandoned.
    void ended()
    {
        --in_flight_;
        ++ended_;
    }

    /// Whether enough requests are in flight to read answers together. A caller that sends one request after
    /// another would gain nothing and be limited to one request per beat.
    bool is_on(time_point now)
    {
        cool(now);
        return options_.is_allowed && heat_ >= worth_it && in_flight_ >= together;
    }

    /// The next beat after `now`. Call it once for each beat: it adapts the interval.
    time_point next_beat(time_point now);

private:
    /// A new namespace causes about six requests: their answers are read immediately.
    static constexpr double worth_it = 8;
    static constexpr std::size_t together = 3;
    static constexpr double most_heat = 48;
    static constexpr double cooling = 100;  ///< per second

    void cool(time_point now)
    {
        heat_ = std::max(0.0, heat_ - cooling * std::chrono::duration<double>(now - cooled_).count());
        cooled_ = now;
    }

    options options_;
    duration beat_;
    double heat_ = 0;  ///< recent requests: each adds one, `cooling` subtracts
    time_point cooled_{};
    std::size_t in_flight_ = 0;
    std::size_t ended_ = 0;  ///< since the last beat
};

}  // namespace tcr::net
