// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/cpu_pace.hpp>
#include <tcr/util/cpu_limit.hpp>

#include <algorithm>

namespace tcr::runtime
{
namespace
{

using namespace std::chrono_literals;

/// The part of the CPU limit that writes may use. The rest is for urgent work, such as webhooks.
constexpr double share_for_writes = 0.85;

/// After a pause without writes, a few writes begin without a wait: as many as become due within this time,
/// or within the interval between two common starts if that is longer. 20 ms is a fifth of the kernel's
/// period (100 ms).
constexpr cpu_pace::duration head_start = 20ms;

/// The cost is measured over a window of at least `min_window` with at least `min_writes`. A window longer
/// than `max_window` is discarded: while there are few writes, most of the CPU time has other causes.
constexpr std::size_t min_writes = 8;
constexpr cpu_pace::duration min_window = 100ms;
constexpr cpu_pace::duration max_window = 1s;

/// Writes that must wait begin together, at multiples of an interval from `min_interval` to `max_interval`.
/// These are also times at which `net::read_coalescer` reads, so that one wake-up serves the writes and the
/// reads. A wake-up costs four times as much CPU time as a write.
constexpr cpu_pace::duration min_interval = 16ms;
constexpr cpu_pace::duration max_interval = 256ms;
constexpr int writes_per_interval = 8;

/// \return the interval between two common starts, if one write is due every `gap`.
cpu_pace::duration interval_for(cpu_pace::duration gap)
{
    auto interval = min_interval;
    while (interval < gap * writes_per_interval && interval < max_interval)
        interval *= 2;
    return interval;
}

constexpr cpu_pace::duration min_cost = 20us;
constexpr cpu_pace::duration max_cost = 5ms;

}  // namespace

std::optional<cpu_pace> cpu_pace::below(std::optional<double> const& cpu_limit)
{
    if (!limits_one_thread(cpu_limit))
        return std::nullopt;
    return cpu_pace(*cpu_limit * share_for_writes);
}

cpu_pace::duration cpu_pace::take(time_point now, duration used)
{
    learn(now, used);
    ++writes_;
    auto const gap = std::chrono::duration_cast<duration>(std::chrono::duration<double>(cost_) / share_);
    auto const interval = interval_for(gap);
    next_ = std::max(next_, now - std::max(head_start, interval));
    auto const due = next_;
    next_ += gap;
    if (due <= now)
        return duration::zero();
    auto const past_start = due.time_since_epoch() % interval;
    return due - now + (interval - past_start) % interval;
}

void cpu_pace::learn(time_point now, duration used)
{
    auto const lasted = now - window_begun_;
    if (lasted > max_window || used < used_before_)
        writes_ = 0;  // discards the window, see `max_window`
    else if (lasted < min_window || writes_ < min_writes)
        return;
    else
    {
        auto const measured = (used - used_before_) / static_cast<duration::rep>(writes_);
        cost_ = std::clamp((cost_ * 3 + measured) / 4, min_cost, max_cost);
        writes_ = 0;
    }
    window_begun_ = now;
    used_before_ = used;
}

}  // namespace tcr::runtime
