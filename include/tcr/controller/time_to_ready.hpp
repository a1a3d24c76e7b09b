#pragma once

#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/histogram.hpp>

#include <chrono>
#include <unordered_map>

namespace tcr::controller
{

/// How long new namespaces and accounts wait for their credentials: from the watch's word of them to the end of the
/// run that served them. Pure: the caller tells the time.
class time_to_ready
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    time_to_ready();

    /// A namespace, or an account in it, is new.
    void appeared(runtime::namespace_id where, time_point now);

    /// A run of the namespace came to its end with nothing left to do. Without a write nothing had been missing.
    void settled(runtime::namespace_id where, bool wrote, time_point now);

    /// The namespace is gone, or its number another's.
    void forget(runtime::namespace_id where) { waiting_.erase(where); }

    /// Nobody is waited for any more.
    void clear() { waiting_.clear(); }

    /// In seconds.
    histogram const& seconds() const { return seconds_; }

private:
    /// In a larger mass of newcomers the later ones are not measured.
    static constexpr std::size_t most_waiting = 4096;

    std::unordered_map<runtime::namespace_id, time_point> waiting_;
    histogram seconds_;
};

}  // namespace tcr::controller
