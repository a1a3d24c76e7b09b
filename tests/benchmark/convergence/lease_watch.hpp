// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "object_watch.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

namespace tcr::benchmark
{

/// Watches the changes of the controller's Lease.
class lease_watch
{
public:
    /// Watches from now on. `loop` and `client` must outlive this object.
    lease_watch(asio::io_context& loop, kube::client& client);

    /// Waits until the Lease changes and the controller has received the answer. The next renewal is then
    /// more than a second away. Throws if the Lease does not change within its duration.
    void await_change();

    /// The number of changes so far.
    std::size_t changes() const { return times_.seen.size(); }

    /// The longest time between two consecutive changes that overlaps this period.
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
