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

/// One check of a probe.
struct health_check
{
    std::string name;
    std::string problem;  ///< empty: the check passes
};

/// Checks a watch. It fails if it makes no progress for longer than `stall_limit` while the server answers.
health_check watch_check(
    std::string name,
    runtime::watcher const& watch,
    kube::client const& client,
    std::chrono::milliseconds stall_limit,
    std::chrono::steady_clock::time_point now
);

/// The checks of /healthz. Only a restart can help a watch that makes no progress while the server answers.
/// The answer itself shows that the event loop runs. An outage of the API server is no failure, because a
/// restart does not help.
std::vector<health_check> liveness_checks(
    controller::cluster_view const& view,
    admission::webhook_server const* webhooks,
    kube::client const& client,
    std::chrono::milliseconds stall_limit,
    std::chrono::steady_clock::time_point now
);

/// The checks of /readyz: whether the view of the cluster is complete, and whether the webhooks, if any, can
/// be called. A standby is as ready as the leader.
std::vector<health_check> readiness_checks(
    controller::cluster_view const& view,
    admission::webhook_server const* webhooks,
    std::chrono::system_clock::time_point now
);

/// Whether all checks pass.
bool is_well(std::vector<health_check> const& checks);

/// The page in the format of Kubernetes' own components
/// (https://kubernetes.io/docs/reference/using-api/health-checks/): "ok", or one line per check if one fails
/// or `verbose` is set.
std::string health_text(std::string_view page, std::vector<health_check> const& checks, bool verbose);

}  // namespace tcr::app
