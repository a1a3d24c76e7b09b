// SPDX-License-Identifier: Apache-2.0
#include "lease_watch.hpp"

#include "load.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace tcr::benchmark
{
namespace
{

using steady_clock = std::chrono::steady_clock;

// Defaults of the controller (docs/operate/operations.md and docs/operate/configuration.md).
constexpr std::string_view the_lease = "metadata.name=tcr-assistant-leader-election";
constexpr std::chrono::seconds lease_duration{15};

/// Time from a watch event to the arrival of the answer at the writer. The CPU limit of the writer may delay
/// the answer.
constexpr std::chrono::milliseconds answer_limit{300};

kube::selection of_lease()
{
    kube::selection which;
    which.field_selector = the_lease;
    return which;
}

}  // namespace

lease_watch::lease_watch(asio::io_context& loop, kube::client& client)
    : loop_(loop),
      watch_(loop, client, kube::resource{"coordination.k8s.io", "v1", "leases"}, of_lease(), times_)
{
}

void lease_watch::await_change()
{
    auto check = [this]() -> task<void>
    {
        // First reads the events that arrived while the loop was stopped.
        co_await sleep_for(std::chrono::milliseconds(100));
        auto const before = changes();
        auto const deadline = steady_clock::now() + lease_duration;
        while (changes() == before && steady_clock::now() < deadline)
            co_await sleep_for(std::chrono::milliseconds(5));
        watch_.require_open();
        if (changes() == before)
            throw std::runtime_error("the Lease is not renewed");
        co_await sleep_for(answer_limit);
    };
    run_to_end(loop_, check);
}

std::chrono::duration<double> lease_watch::longest_gap(
    steady_clock::time_point begin, steady_clock::time_point end
) const
{
    steady_clock::duration longest{};
    for (std::size_t i = 1; i < times_.seen.size(); ++i)
        if (times_.seen[i] > begin && times_.seen[i - 1] < end)
            longest = std::max(longest, times_.seen[i] - times_.seen[i - 1]);
    return longest;
}

}  // namespace tcr::benchmark
