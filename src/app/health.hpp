#pragma once

#include <tcr/admission/webhook_server.hpp>
#include <tcr/controller/cluster_view.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/runtime/watcher.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::app
{

/// One thing that a probe asks about.
struct health_check
{
    std::string name;
    std::string problem;  ///< empty: all is well
};

/// Whether a watch lives: one that stands still for longer than `stall_limit` while the server answers does
/// not.
health_check watch_check(
    std::string name,
    runtime::watcher const& watch,
    kube::client const& client,
    std::chrono::milliseconds stall_limit,
    std::chrono::steady_clock::time_point now
);

/// What /healthz asks: a watch that stands still while the server answers is beyond help from inside. That
/// the event loop turns, the answer itself shows; an outage of the API server is not ours to cure by a
/// restart.
std::vector<health_check> liveness_checks(
    controller::cluster_view const& view,
    admission::webhook_server const* webhooks,
    kube::client const& client,
    std::chrono::milliseconds stall_limit,
    std::chrono::steady_clock::time_point now
);

/// What /readyz asks: whether the picture of the cluster is complete and the webhooks, if there are any, can
/// be called. A standby is as ready as the leader.
std::vector<health_check> readiness_checks(
    controller::cluster_view const& view,
    admission::webhook_server const* webhooks,
    std::chrono::system_clock::time_point now
);

/// Whether all is well.
bool is_well(std::vector<health_check> const& checks);

/// The page as Kubernetes' own components write it
/// (https://kubernetes.io/docs/reference/using-api/health-checks/): "ok", or a line a check where one fails
/// or `verbose` asks for it.
std::string health_text(std::string_view page, std::vector<health_check> const& checks, bool verbose);

}  // namespace tcr::app
