#pragma once

#include "object_watch.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

namespace tcr::benchmark
{

/// Sees each write of the controller's Lease.
class lease_watch
{
public:
    /// From now on. Both must outlive it.
    lease_watch(asio::io_context& loop, kube::client& client);

    /// Waits until it changes and the controller has had the answer, too: more than a second passes until it does so
    /// again. Throws when that takes longer than the Lease lasts.
    void await_change();

    /// Changes seen so far.
    std::size_t changes() const { return times_.seen.size(); }

    /// The longest time between two changes, of those gaps that overlap the time given.
    std::chrono::duration<double> longest_gap(
        std::chrono::steady_clock::time_point begin, std::chrono::steady_clock::time_point end
    ) const;

private:
    class change_times final : public kube::meta_reader
    {
    public:
        void on_object(kube::object_event, kube::object_meta const&) override
        {
            seen.push_back(std::chrono::steady_clock::now());
        }

        std::vector<std::chrono::steady_clock::time_point> seen;
    };

    asio::io_context& loop_;
    change_times times_;
    object_watch watch_;
};

}  // namespace tcr::benchmark
