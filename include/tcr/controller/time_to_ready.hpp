// SPDX-License-Identifier: Apache-2.0
#pragma once

// Measures how long new namespaces and accounts wait for their credentials.

#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/histogram.hpp>

#include <chrono>
#include <unordered_map>

namespace tcr::controller
{

/// Measures how long new namespaces and accounts wait for their credentials. The time begins with the watch
/// event and ends with the run that served them. Pure: the caller passes the time.
class time_to_ready
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Call this when a namespace or an account in the namespace appears.
    void appeared(runtime::namespace_id where, time_point now)
    {
        // For a namespace that already waits, the first event counts.
        if (waiting_.size() < max_waiting)
            waiting_.try_emplace(where, now);
    }

    /// Call this when a run ended and the namespace is in its desired state. If the run did not write, no
    /// credential was missing, so the time is not recorded.
    void settled(runtime::namespace_id where, bool wrote, time_point now)
    {
        auto const known = waiting_.find(where);
        if (known == waiting_.end())
            return;
        if (wrote)
            seconds_.observe(std::chrono::duration<double>(now - known->second).count());
        waiting_.erase(known);
    }

    /// Call this when the namespace is deleted or its index is reused.
    void forget(runtime::namespace_id where) { waiting_.erase(where); }

    /// The recorded waiting times, in seconds.
    histogram const& seconds() const { return seconds_; }

    static histogram empty_histogram()
    {
        return histogram({0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300}
        );
    }

private:
    /// Max namespaces that are measured at the same time. Further namespaces are not measured.
    static constexpr std::size_t max_waiting = 4096;

    std::unordered_map<runtime::namespace_id, time_point> waiting_;
    histogram seconds_ = empty_histogram();
};

}  // namespace tcr::controller
