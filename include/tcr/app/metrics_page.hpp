#pragma once

#include <tcr/admission/webhook_server.hpp>
#include <tcr/app/cloud_access.hpp>
#include <tcr/controller/controller.hpp>
#include <tcr/instances/instance_keeper.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/metrics/process_metrics.hpp>
#include <tcr/runtime/leader_election.hpp>
#include <tcr/util/event_loop_meter.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace tcr::app
{

/// Whose numbers /metrics tells. docs/metrics.md explains each.
struct metrics_sources
{
    controller::controller const& control;
    kube::client const& client;
    cloud_access const& cloud;
    runtime::leadership const& held;
    std::string_view lease;                     ///< its name
    runtime::leader_election const* election;   ///< null: everybody leads
    admission::webhook_server const* webhooks;  ///< null: there are none
    instances::instance_keeper const* instances;  ///< null: there is no list of instances
    metrics::process_metrics const& process;
    event_loop_meter const& loop;
};

/// The page for Prometheus. Its size follows the number of ImagePullSecrets up to a bound, and of nothing else.
std::string metrics_page(metrics_sources const& from, std::chrono::steady_clock::time_point now);

/// ImagePullSecrets with series of their own; the others are summed up under the label value "(others)".
inline constexpr std::size_t most_told_crs = 100;

}  // namespace tcr::app
