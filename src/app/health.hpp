// SPDX-License-Identifier: Apache-2.0
#pragma once

// Health checks, and the pages that kubelet's probes read.

#include <tcr/kube/client.hpp>
#include <tcr/net/http_handler.hpp>
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

/// Checks a watch. The check fails if the watch has made no progress and got no refusal for longer than
/// `stall_limit`, although the API server has answered other requests during that time. An outage of the API
/// server is no failure, because a restart would not help.
health_check watch_check(
    std::string const& name,
    runtime::watch_summary const& watch,
    kube::client const& client,
    std::chrono::milliseconds stall_limit,
    std::chrono::steady_clock::time_point now
);

/// The answer to a probe, in the format of Kubernetes' own components
/// (https://kubernetes.io/docs/reference/using-api/health-checks/). The status is 200 if all checks pass,
/// otherwise 500. The body is "ok". If a check fails or the query is "verbose", the body instead has one line
/// for each check, and a last line with the result. `name` is the name of the page in that last line.
net::server_response health_page(
    std::string_view name, std::vector<health_check> const& checks, net::server_request const& request
);

}  // namespace tcr::app
