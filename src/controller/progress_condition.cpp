// SPDX-License-Identifier: Apache-2.0
#include "progress_condition.hpp"

#include "reasons.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{
namespace
{

/// Reasons that stay until the operator changes the ImagePullSecret, its credential, or the cluster.
///
/// SecretNotFound is not among them: the Secret may be created after the ImagePullSecret, for example by
/// External Secrets.
constexpr std::string_view stalling[] = {
    "AccessNotGranted",
    "InvalidSpec",
    "KeyNotFound",
    "InvalidSecret",
    "NotAPassword",
    "InvalidDockerConfig",
    "ForeignServer",
    "ForbiddenInstance",
    "Rejected",
    reason::conflict,
    reason::quota_exceeded,
    reason::forbidden,
    reason::invalid};

/// What keeps the spec from being realized.
struct obstacle
{
    std::string_view reason;
    std::string_view message;
};

/// Whether the spec waits for the first check of its credential. A spec that was already reported as realized
/// does not wait: after a restart, all logins are checked again, and tools must not wait for that.
bool awaits_check(catalog_entry const& entry, credential_reports const& reports)
{
    auto const& before = entry.cr.status;
    bool const was_realized = before.observed_generation == entry.cr.generation &&
                              find_condition(before, "Reconciling") == nullptr &&
                              find_condition(before, "Stalled") == nullptr;
    return reports.check_results != nullptr && !reports.check_result_of(entry) && !was_realized;
}

std::vector<obstacle> obstacles_of(
    catalog_entry const& entry, image_pull_secret_status const& report, credential_reports const& reports
)
{
    std::vector<obstacle> all;
    auto const& credential = *find_condition(report, "CredentialValid");
    if (credential.status == "False")
        all.push_back({credential.reason, credential.message});
    // The credential that the spec asks for is unavailable. The previous one may still be in use.
    if (!entry.credential_problem.empty())
        all.push_back({entry.credential_reason, entry.credential_problem});
    if (auto const& ready = *find_condition(report, "Ready"); ready.status != "True")
    {
        all.push_back({ready.reason, ready.message});
        for (auto const* failures : {&report.secrets_failed, &report.accounts_failed})
            for (auto const& each : *failures)
                // Contention explains why the reason of Ready is "Converging", so it comes first.
                all.insert(
                    each.reason == reason::contention ? all.begin() : all.end(), {each.reason, each.message}
                );
    }
    if (awaits_check(entry, reports))
        all.push_back({"NotChecked", "the credential is being checked at the registry"});
    return all;
}

}  // namespace

std::optional<condition> progress_condition(
    catalog_entry const& entry, image_pull_secret_status const& report, credential_reports const& reports
)
{
    auto const obstacles = obstacles_of(entry, report, reports);
    if (obstacles.empty())
        return std::nullopt;
    auto const* problem = reports.token_problem_of(entry);
    auto const needs_operator = [&](obstacle const& each)
    {
        bool const is_of_token = problem != nullptr && problem->reason == each.reason;
        return std::ranges::find(stalling, each.reason) != std::end(stalling) ||
               (is_of_token && problem->is_permanent);
    };
    auto const worst = std::ranges::find_if(obstacles, needs_operator);
    auto const& shown = worst == obstacles.end() ? obstacles.front() : *worst;
    return condition{
        worst == obstacles.end() ? "Reconciling" : "Stalled",
        "True",
        std::string(shown.reason),
        std::string(shown.message),
        {}};
}

}  // namespace tcr::controller
