#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace tcr::runtime
{

/// Spreads writes so that a process with a CPU limit stays below it.
///
/// Who has used up its quota stands still to the end of the kernel's period, for up to 90 of 100 ms at a
/// tenth of a CPU, and with it whatever cannot wait: a webhook's answer, the renewal of the lease. Most of
/// what this process uses follows its writes (the request, the answer, the watch's echo), so writes are let
/// begin at the rate that they can be paid for, by what they turn out to cost. Pure: the caller tells both
/// clocks, and sleeps.
class cpu_pace
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;

    /// `share`: CPU seconds a second to be used, more than 0.
    explicit cpu_pace(double share) : share_(share) {}

    /// A write wants to begin. \param used CPU time of the process so far. \return how long it has to wait:
    /// not at all, or to the next of the moments, 16 to 256 ms apart, at which those that wait begin
    /// together.
    duration take(time_point now, duration used);

    /// For the writes of this process, by its own CPU limit; nothing where that is not less than a CPU.
    static std::optional<cpu_pace> below(std::optional<double> const& cpu_limit);

    /// What a write costs at present, by all that the process used.
    duration cost() const { return cost_; }

private:
    void learn(time_point now, duration used);

    double share_;
    duration cost_{std::chrono::microseconds(200)};
    time_point next_{};  ///< when the next write is due
    time_point window_begun_{};
    duration used_before_{};
    std::size_t writes_ = 0;  ///< in the window
};

}  // namespace tcr::runtime
