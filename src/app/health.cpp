#include "health.hpp"

#include <algorithm>
#include <ranges>

namespace tcr::app
{

health_check watch_check(
    std::string const& name,
    runtime::watcher const& watch,
    kube::client const& client,
    std::chrono::milliseconds stall_limit,
    std::chrono::steady_clock::time_point now
)
{
    std::string problem;
    auto const since = std::chrono::duration_cast<std::chrono::seconds>(now - watch.last_heard());
    if (client.server_reachability().is_stalled(watch.last_heard(), stall_limit))
        problem = "no progress for " + std::to_string(since.count()) + " s, although the API server answers";
    return {"watch-" + name, std::move(problem)};
}

net::server_response health_page(
    std::string_view name, std::vector<health_check> const& checks, net::server_request const& request
)
{
<<<<<<< HEAD
    std::vector<health_check> checks{{"ping", {}}};
    for (auto const& each : view.watchers())
        checks.push_back(watch_check(each.name(), each, client, stall_limit, now));
    if (webhooks != nullptr)
        checks.push_back(watch_check(
            "webhook-certificate", webhooks->certificate().secret_watcher(), client, stall_limit, now
        ));
    return checks;
}

std::vector<health_check> readiness_checks(
    controller::cluster_view const& view,
    admission::webhook_server const* webhooks,
    std::chrono::system_clock::time_point now
)
{
    std::vector<health_check> checks{{"ping", {}}};
    for (auto const& each : view.watchers())
        checks.push_back({"synced-" + each.name(), each.is_synced() ? "" : "not yet listed"});
    if (webhooks != nullptr)
        checks.push_back({"webhook", webhooks->certificate().problem(now)});
    return checks;
}

bool is_well(std::vector<health_check> const& checks)
{
    return std::all_of(checks.begin(), checks.end(), [](auto const& check) { return check.problem.empty(); });
}

std::string health_text(std::string_view page, std::vector<health_check> const& checks, bool verbose)
{
    bool const well = is_well(checks);
    if (well && !verbose)
        return "ok";
    std::string text;
    for (auto const& check : checks)
=======
    bool const is_verbose = request.query == "verbose" || request.query.starts_with("verbose=");
    bool const passes = std::ranges::all_of(checks, std::ranges::empty, &health_check::problem);
    net::server_response page;
    page.status = passes ? 200 : 500;
    if (passes && !is_verbose)
        page.body = "ok";
    else
>>>>>>> 57179e46874c8874359d2e18e8dca872de7d8a47
    {
        for (auto const& [check, problem] : checks)
            page.body +=
                problem.empty() ? "[+]" + check + " ok\n" : "[-]" + check + " failed: " + problem + "\n";
        page.body.append(name).append(passes ? " check passed\n" : " check failed\n");
    }
    return page;
}

}  // namespace tcr::app
