// SPDX-License-Identifier: Apache-2.0
#include "health.hpp"

#include <algorithm>
#include <ranges>

namespace tcr::app
{

health_check watch_check(
    std::string const& name,
    runtime::watch_summary const& watch,
    kube::client const& client,
    std::chrono::milliseconds stall_limit,
    std::chrono::steady_clock::time_point now
)
{
    std::string problem;
    auto const since = std::chrono::duration_cast<std::chrono::seconds>(now - watch.last_contact);
    if (client.server_reachability().is_stalled(watch.last_contact, stall_limit))
        problem = "no progress for " + std::to_string(since.count()) + " s, although the API server answers";
    return {"watch-" + name, std::move(problem)};
}

net::server_response health_page(
    std::string_view name, std::vector<health_check> const& checks, net::server_request const& request
)
{
    bool const is_verbose = request.query == "verbose" || request.query.starts_with("verbose=");
    bool const passes = std::ranges::all_of(checks, std::ranges::empty, &health_check::problem);
    net::server_response page;
    page.status = passes ? 200 : 500;
    if (passes && !is_verbose)
        page.body = "ok";
    else
    {
        for (auto const& [check, problem] : checks)
            page.body +=
                problem.empty() ? "[+]" + check + " ok\n" : "[-]" + check + " failed: " + problem + "\n";
        page.body.append(name).append(passes ? " check passed\n" : " check failed\n");
    }
    return page;
}

}  // namespace tcr::app
