#include "status_report.hpp"

#include <tcr/runtime/reference_list.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <optional>

namespace tcr::controller
{
namespace
{

using runtime::cluster_store;

/// The object of an entry in a status list.
struct place
{
    runtime::namespace_id where;
    std::string_view name;
};

/// Nothing if the namespace does not exist, or the spec, valid or not, no longer selects it.
std::optional<place> place_of(
    status_entry const& listed, catalog_entry const& entry, cluster_store const& store
)
{
    std::string_view const text = listed.namespaced_name;
    auto const slash = text.find('/');
    auto const where = store.find_namespace(text.substr(0, slash));
    if (slash == std::string_view::npos || !where)
        return std::nullopt;
    if (entry.scope->match(store.view(*where)) != coverage::covered)
        return std::nullopt;
    return place{*where, text.substr(slash + 1)};
}

/// The entries of a list whose object is still in scope and passes the test.
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
        if (auto const at = place_of(each, entry, store); at && is_current(*at))
            kept.push_back(each);
    return kept;
}

condition with_time(condition fresh, image_pull_secret_status const& before, std::string const& now)
{
    fresh.last_transition_time = now;
    for (auto const& old : before.conditions)
        if (old.type == fresh.type && old.status == fresh.status && !old.last_transition_time.empty())
            fresh.last_transition_time = old.last_transition_time;
    return fresh;
}

std::string ratio(std::int64_t success, std::int64_t desired, char const* what)
{
    return std::to_string(success) + " of " + std::to_string(desired) + " " + what;
}

condition ready_condition(catalog_entry const& entry, served const& sum)
{
    condition result;
    result.type = "Ready";
    bool const all =
        sum.secrets_success == sum.secrets_desired && sum.accounts_success == sum.accounts_desired;
    result.status = all && entry.is_valid() ? "True" : "False";
    result.reason = all ? "Converged" : "Converging";
    result.message = ratio(sum.secrets_success, sum.secrets_desired, "secrets, ") +
                     ratio(sum.accounts_success, sum.accounts_desired, "service accounts");
    if (entry.is_valid())
        return result;
    bool const lacks_login = !entry.credential && !entry.credential_problem.empty();
    result.reason = lacks_login ? entry.credential_reason : "InvalidSpec";
    result.message = std::string(entry.problem()) + "; nothing is written or removed until this is fixed";
    return result;
}

condition conflicting_condition(std::vector<status_entry> const& failures)
{
    condition result;
    result.type = "Conflicting";
    auto const first = std::find_if(
        failures.begin(), failures.end(), [](auto const& entry) { return entry.reason == "Conflict"; }
    );
    bool const any = first != failures.end();
    result.status = any ? "True" : "False";
    result.reason = any ? "ForeignSecret" : "NoConflict";
    result.message = any ? first->message : "no Secret of another owner has the name of a pull Secret";
    return result;
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
    report.secrets_desired = counts.secrets_desired;
    report.secrets_success = counts.secrets_success;
    report.accounts_desired = counts.accounts_desired;
    report.accounts_success = counts.accounts_success;
    // Failures that have succeeded since are left out. A reference counts, whichever client wrote it.
    auto const has_no_secret = [&](place const& at)
    {
        auto const secret = store.find_secret(at.where, entry.secret.name);
        return !secret || secret->state.is_foreign || secret->state.fingerprint != entry.secret.fingerprint;
    };
    auto const account_at = [&](place const& at)
    { return entry.accounts.matches(at.name) ? store.find_account(at.where, at.name) : std::nullopt; };
    auto const has_no_reference = [&](place const& at)
    {
        auto const account = account_at(at);
        return account && !runtime::names_reference(account->references, entry.secret.name);
    };
    auto const any = [](place const&) { return true; };
    report.secrets_updated = current(lists.secrets_updated, entry, store, any);
    report.secrets_failed = current(lists.secrets_failed, entry, store, has_no_secret);
    report.accounts_updated = current(lists.accounts_updated, entry, store, account_at);
    report.accounts_failed = current(lists.accounts_failed, entry, store, has_no_reference);
    for (auto& each :
         {ready_condition(entry, counts),
          credential_condition(entry, reports, now),
          conflicting_condition(report.secrets_failed)})
        report.conditions.push_back(with_time(each, entry.cr.status, time));
    report.observed_generation = entry.cr.generation;
    if (entry.credential && entry.credential->expires_at)
        report.credential_expires_at = rfc3339(*entry.credential->expires_at);
    if (entry.credential && entry.credential->refreshed_at)
        report.credential_refreshed_at = rfc3339(*entry.credential->refreshed_at);
    return report;
}

}  // namespace tcr::controller
