#pragma once

// Measures how long new namespaces and accounts wait.

#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/histogram.hpp>

#include <chrono>
#include <unordered_map>

namespace tcr::controller
{

/// How long new namespaces and accounts wait for their credentials: from the watch event to the end of the
/// run that served them. Pure: the caller passes the time.
class time_to_ready
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// A namespace, or an account in it, is new.
    void appeared(runtime::namespace_id where, time_point now)
    {
        // A namespace that already waits is measured from its first appearance.
        if (waiting_.size() < max_waiting)
            waiting_.try_emplace(where, now);
    }

    /// A run of the namespace left nothing to do. If it wrote nothing, nothing was missing, and the time is
    /// not measured.
    void settled(runtime::namespace_id where, bool wrote, time_point now)
    {
        auto const known = waiting_.find(where);
        if (known == waiting_.end())
            return;
        if (wrote)
            seconds_.observe(std::chrono::duration<double>(now - known->second).count());
        waiting_.erase(known);
    }

    /// The namespace is deleted, or its index reused.
    void forget(runtime::namespace_id where) { waiting_.erase(where); }

    /// In seconds.
    histogram const& seconds() const { return seconds_; }

    static histogram empty_histogram()
    {
        return histogram({0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300}
        );
    }

private:
    /// While so many namespaces wait, further ones are not measured.
    static constexpr std::size_t max_waiting = 4096;

    std::unordered_map<runtime::namespace_id, time_point> waiting_;
    histogram seconds_ = empty_histogram();
};

}  // namespace tcr::controller
