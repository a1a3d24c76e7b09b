// SPDX-License-Identifier: Apache-2.0
#pragma once

// The /metrics page of the hosts updater.

#include <tcr/hosts/updater.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/metrics/process_metrics.hpp>
#include <tcr/runtime/watcher.hpp>

#include <chrono>
#include <string>

namespace tcr::app
{

/// The text of /metrics of the hosts updater. docs/operate/hosts-updater.md explains each metric. `client`
/// and `watch` are null if the configuration is a file, not a ConfigMap.
std::string hosts_metrics_page(
    hosts::updater_statistics const& done,
    kube::client const* client,
    runtime::watcher const* watch,
    metrics::process_metrics const& process,
    std::chrono::steady_clock::time_point now
);

}  // namespace tcr::app
