// SPDX-License-Identifier: Apache-2.0
#include "status_report.hpp"

#include "progress_condition.hpp"
#include "reasons.hpp"
#include <tcr/runtime/reference_list.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <utility>

namespace tcr::controller
{
namespace
{

using runtime::cluster_store;

/// The entries that are still current: the namespace exists, the spec selects it, and `is_current` accepts
/// the Secret or account. Also keeps the entries of an invalid ImagePullSecret.
template <class Test>
std::vector<status_entry> current(
    recent_writes::entries const& listed,
    catalog_entry const& entry,
    cluster_store const& store,
    Test is_current
)
{
    std::vector<status_entry> kept;
    for (auto const& each : listed)
    {
        std::string_view const text = each.namespaced_name;
        auto const slash = std::min(text.find('/'), text.size());
        auto const where = store.find_namespace(text.substr(0, slash));
        if (slash < text.size() && where && entry.scope->match(store.view(*where)) == coverage::covered &&
            is_current(*where, text.substr(slash + 1)))
            kept.push_back(each);
    }
    return kept;
}

/// Sets the generation and the lastTransitionTime. Keeps the old lastTransitionTime if `status` is unchanged.
void complete(condition& fresh, image_pull_secret const& cr, std::string const& now)
{
    auto const* old = find_condition(cr.status, fresh.type);
    bool const is_same = old != nullptr && old->status == fresh.status && !old->last_transition_time.empty();
    fresh.last_transition_time = is_same ? old->last_transition_time : now;
    fresh.observed_generation = cr.generation;
}

std::string ratio(std::int64_t success, std::int64_t desired, char const* what)
{
    return std::to_string(success) + " of " + std::to_string(desired) + " " + what;
}

condition ready_condition(catalog_entry const& entry, served const& sum)
{
    if (!entry.access_problem.empty())
        return {"Ready", "False", "AccessNotGranted", entry.access_problem, {}};
    if (!entry.is_valid())
    {
        bool const lacks_login = !entry.credential && !entry.credential_problem.empty();
        return {
            "Ready",
            "False",
            lacks_login ? entry.credential_reason : "InvalidSpec",
            std::string(entry.problem()) + "; nothing is written or removed until this is fixed",
            {}};
    }
    bool const all =
        sum.secrets_success == sum.secrets_desired && sum.accounts_success == sum.accounts_desired;
    return {
        "Ready",
        all ? "True" : "False",
        all ? "Converged" : "Converging",
        ratio(sum.secrets_success, sum.secrets_desired, "secrets, ") +
            ratio(sum.accounts_success, sum.accounts_desired, "service accounts"),
        {}};
}

condition conflicting_condition(image_pull_secret_status const& report)
{
    auto const find = [](auto const& failures, auto reason)
    {
        auto const first = std::ranges::find(failures, reason, &status_entry::reason);
        return first == failures.end() ? nullptr : &*first;
    };
    if (auto const* taken = find(report.secrets_failed, reason::conflict))
        return {"Conflicting", "True", "ForeignSecret", taken->message, {}};
    auto const* contended = find(report.secrets_failed, reason::contention);
    if (contended == nullptr)
        contended = find(report.accounts_failed, reason::contention);
    if (contended != nullptr)
        return {"Conflicting", "True", "Contention", contended->message, {}};
    return {
        "Conflicting", "False", "NoConflict", "no other client owns or keeps changing a desired object", {}};
}

}  // namespace

image_pull_secret_status report_status(
    catalog_entry const& entry,
    served const& counts,
    recent_writes::lists const& lists,
    cluster_store const& store,
    credential_reports const& reports,
    std::chrono::system_clock::time_point now
)
{
    auto const time = rfc3339(now);
    image_pull_secret_status report;
    static_cast<served&>(report) = counts;
    // Leave out a failure if its Secret is as desired now. Leave out a failure of an account that has the
    // reference now, no longer exists, or is no longer selected.
    auto const has_no_secret = [&](auto where, auto)
    {
        auto const secret = store.find_secret(where, entry.secret.name);
        return !secret || secret->state.is_foreign || secret->state.fingerprint != entry.secret.fingerprint;
    };
    auto const account_at = [&](auto where, auto name)
    { return entry.refers_from(name) ? store.find_account(where, name) : std::nullopt; };
    auto const has_no_reference = [&](auto where, auto name)
    {
        auto const account = account_at(where, name);
        return account && !runtime::names_reference(account->references, entry.secret.name);
    };
    auto const any = [](auto, auto) { return true; };
    report.secrets_updated = current(lists.secrets.updated, entry, store, any);
    report.secrets_failed = current(lists.secrets.failed, entry, store, has_no_secret);
    report.accounts_updated = current(lists.accounts.updated, entry, store, account_at);
    report.accounts_failed = current(lists.accounts.failed, entry, store, has_no_reference);
    report.conditions = {
        ready_condition(entry, counts),
        credential_condition(entry, reports, now),
        conflicting_condition(report)};
    if (auto progress = progress_condition(entry, report, reports))
        report.conditions.push_back(std::move(*progress));
    for (auto& each : report.conditions)
        complete(each, entry.cr, time);
    report.observed_generation = entry.cr.generation;
    if (entry.credential && entry.credential->expires_at)
        report.credential_expires_at = rfc3339(*entry.credential->expires_at);
    if (entry.credential && entry.credential->refreshed_at)
        report.credential_refreshed_at = rfc3339(*entry.credential->refreshed_at);
    return report;
}

}  // namespace tcr::controller
