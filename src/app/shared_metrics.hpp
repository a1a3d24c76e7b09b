// SPDX-License-Identifier: Apache-2.0
#pragma once

// Metrics that the /metrics pages of several commands share.

#include <tcr/kube/client.hpp>
#include <tcr/metrics/exposition.hpp>
#include <tcr/runtime/watcher.hpp>

#include <chrono>
#include <cstdint>

namespace tcr::app
{

inline double in_seconds(std::chrono::steady_clock::duration length)
{
    return std::chrono::duration<double>(length).count();
}

inline double number(std::uint64_t count)
{
    return static_cast<double>(count);
}

/// Adds the metric with version and commit of the program.
void add_build(metrics::exposition& page);

/// Adds metrics of requests to the API server.
void add_client(metrics::exposition& page, kube::client const& client);

/// Adds the metrics of one watch.
void add_watch(
    metrics::exposition& page, runtime::watch_summary const& watch, std::chrono::steady_clock::time_point now
);

}  // namespace tcr::app
