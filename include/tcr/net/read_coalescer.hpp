#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace tcr::net
{

/// Decides whether answers are to be read together, and how often.
///
/// Reading an answer costs less than waking up for it: measured, a write with its echo costs half when
/// several are handled a wake-up. So while many requests are made, answers and events wait for a common
/// moment, a beat. The beats lie on a grid, so that whoever else works in beats of such a length wakes at the
/// same moments. They follow one another as fast as it takes the server to answer about half of what it was
/// asked: then it never runs out of work. Pure: the caller tells the time.
class read_coalescer
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    struct options
    {
        bool is_allowed = true;                 ///< else each answer is read when it comes
        std::chrono::milliseconds shortest{2};  ///< beat, more than 0
        std::chrono::milliseconds longest{16};
    };

    explicit read_coalescer(options how) : options_(how), beat_(how.shortest) {}

    /// A request is sent that is answered at once and as a whole, unlike a watch.
    void begun(time_point now)
    {
        cool(now);
        heat_ = std::min(heat_ + 1, most_heat);
        ++in_flight_;
    }

    /// It was answered, or given up.
    void ended()
    {
        --in_flight_;
        ++ended_;
    }

    /// Whether there are so many requests that answers are better read together. Who asks one thing after
    /// another has nothing to read together, and would be held to one request a beat.
    bool is_on(time_point now)
    {
        cool(now);
        return options_.is_allowed && heat_ >= worth_it && in_flight_ >= together;
    }

    /// The next beat after `now`. To be asked for at each, once.
    time_point next_beat(time_point now);

private:
    /// A namespace that comes to be is half a dozen requests; they are to find an answer at once.
    static constexpr double worth_it = 8;
    static constexpr std::size_t together = 3;
    static constexpr double most_heat = 48;
    static constexpr double cooling = 100;  ///< a second

    void cool(time_point now)
    {
        heat_ = std::max(0.0, heat_ - cooling * std::chrono::duration<double>(now - cooled_).count());
        cooled_ = now;
    }

    options options_;
    duration beat_;
    double heat_ = 0;  ///< requests lately: each adds one, time takes away
    time_point cooled_{};
    std::size_t in_flight_ = 0;
    std::size_t ended_ = 0;  ///< since the last beat
};

}  // namespace tcr::net
