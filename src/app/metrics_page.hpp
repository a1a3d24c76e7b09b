// SPDX-License-Identifier: Apache-2.0
#pragma once

// The /metrics page of the controller.

#include "cloud_access.hpp"
#include <tcr/admission/webhook_server.hpp>
#include <tcr/controller/cluster_view.hpp>
#include <tcr/controller/leader_session.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/metrics/process_metrics.hpp>
#include <tcr/runtime/leader_election.hpp>
#include <tcr/util/event_loop_meter.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace tcr::app
{

/// The objects from which /metrics is made. docs/operate/metrics.md explains each metric.
struct metrics_sources
{
    controller::cluster_view const& view;
    controller::leader_statistics const& leader;
    kube::client const& client;
    cloud_access const& cloud;
    runtime::leadership const& leadership;
    runtime::leader_election const* election;   ///< null if leader election is off
    admission::webhook_server const* webhooks;  ///< null if the webhooks are turned off
    std::size_t pending_removals;               ///< announced removals, see `instances::removal_state`
    metrics::process_metrics const& process;
    event_loop_meter const& loop;
};

/// The text of /metrics. Its size is limited: at most 100 ImagePullSecrets have series of their own.
std::string metrics_page(metrics_sources const& from, std::chrono::steady_clock::time_point now);

}  // namespace tcr::app
