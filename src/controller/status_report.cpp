#include <tcr/controller/status_report.hpp>
#include <tcr/runtime/reference_list.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <unordered_map>

namespace tcr::controller
{
namespace
{

using runtime::cluster_store;

struct counts
{
    std::int64_t secrets_desired = 0;
    std::int64_t secrets_success = 0;
    std::int64_t accounts_desired = 0;
    std::int64_t accounts_success = 0;
};

/// Whether a list of references names a Secret, remembered by the list: thousands of accounts share a few.
class reference_index
{
public:
    explicit reference_index(std::string_view secret) : secret_(secret) {}

    bool names_it(cluster_store::account_view const& account)
    {
        auto const [known, is_new] = answers_.try_emplace(account.references_id, false);
        if (is_new)
            known->second = runtime::names_reference(account.references, secret_);
        return known->second;
    }

private:
    std::string_view secret_;
    std::unordered_map<runtime::string_pool::id, bool> answers_;
};

counts count(catalog_entry const& entry, cluster_store const& store)
{
    counts sum;
    reference_index references(entry.secret.name);
    store.for_each_namespace(
        [&](runtime::namespace_id where)
        {
            if (!entry.wants(store.view(where)))
                return;
            ++sum.secrets_desired;
            store.for_each_secret(
                where,
                [&](auto const& secret)
                {
                    if (secret.name == entry.secret.name && !secret.state.is_foreign &&
                        secret.state.fingerprint == entry.secret.fingerprint)
                        ++sum.secrets_success;
                }
            );
            store.for_each_account(
                where,
                [&](auto const& account)
                {
                    if (!entry.accounts.matches(account.name))
                        return;
                    ++sum.accounts_desired;
                    if (references.names_it(account))
                        ++sum.accounts_success;
                }
            );
        }
    );
    return sum;
}

/// Entries whose namespace, and account where they name one, the CR still wants and the cluster still has.
std::vector<status_entry> current(
    outcome_log::entries const& entries, catalog_entry const& cr, cluster_store const& store, bool of_accounts
)
{
    std::vector<status_entry> kept;
    for (auto const& entry : entries)
    {
        auto const slash = entry.namespaced_name.find('/');
        auto const ns = std::string_view(entry.namespaced_name).substr(0, slash);
        auto const where = store.find_namespace(ns);
        if (slash == std::string::npos || !where || !cr.wants(store.view(*where)))
            continue;
        if (of_accounts)
        {
            auto const account = std::string_view(entry.namespaced_name).substr(slash + 1);
            bool exists = false;
            store.for_each_account(
                *where, [&](auto const& each) { exists = exists || each.name == account; }
            );
            if (!exists || !cr.accounts.matches(account))
                continue;
        }
        kept.push_back(entry);
    }
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

std::string tally(std::int64_t success, std::int64_t desired, char const* what)
{
    return std::to_string(success) + " of " + std::to_string(desired) + " " + what;
}

condition ready(catalog_entry const& entry, counts const& sum)
{
    condition result;
    result.type = "Ready";
    bool const all =
        sum.secrets_success == sum.secrets_desired && sum.accounts_success == sum.accounts_desired;
    result.status = all && entry.is_valid() ? "True" : "False";
    result.reason = all ? "Converged" : "Converging";
    result.message = tally(sum.secrets_success, sum.secrets_desired, "secrets, ") +
                     tally(sum.accounts_success, sum.accounts_desired, "service accounts");
    if (entry.is_valid())
        return result;
    bool const lacks_login = !entry.credential && !entry.credential_problem.empty();
    result.reason = lacks_login ? entry.credential_reason : "InvalidSpec";
    result.message =
        (lacks_login ? entry.credential_problem : "docker.server or docker.username is not usable") +
        "; until then nothing is written and nothing removed";
    return result;
}

condition conflicting(std::vector<status_entry> const& failures)
{
    condition result;
    result.type = "Conflicting";
    auto const first = std::find_if(
        failures.begin(), failures.end(), [](auto const& entry) { return entry.reason == "Conflict"; }
    );
    bool const any = first != failures.end();
    result.status = any ? "True" : "False";
    result.reason = any ? "ForeignSecret" : "NoConflict";
    result.message = any ? first->message : "no Secret of somebody else stands in the way";
    return result;
}

/// Failures that have come right since, by the count of their namespaces being complete, are no failures.
void drop_healed(std::vector<status_entry>& failures, catalog_entry const& entry, cluster_store const& store)
{
    std::erase_if(
        failures,
        [&](auto const& failure)
        {
            auto const where =
                store.find_namespace(failure.namespaced_name.substr(0, failure.namespaced_name.find('/')));
            bool healed = false;
            if (where)
                store.for_each_secret(
                    *where,
                    [&](auto const& secret)
                    {
                        healed = healed || (secret.name == entry.secret.name && !secret.state.is_foreign &&
                                            secret.state.fingerprint == entry.secret.fingerprint);
                    }
                );
            return healed;
        }
    );
}

/// The same for accounts: the reference is there, whoever wrote it.
void drop_healed_accounts(
    std::vector<status_entry>& failures, catalog_entry const& entry, cluster_store const& store
)
{
    reference_index references(entry.secret.name);
    std::erase_if(
        failures,
        [&](auto const& failure)
        {
            auto const name = std::string_view(failure.namespaced_name);
            auto const slash = name.find('/');
            auto const where = store.find_namespace(name.substr(0, slash));
            bool healed = false;
            if (where)
                store.for_each_account(
                    *where,
                    [&](auto const& account) {
                        healed = healed ||
                                 (account.name == name.substr(slash + 1) && references.names_it(account));
                    }
                );
            return healed;
        }
    );
}

}  // namespace

std::map<std::string, image_pull_secret_status> report_status(
    catalog const& crs,
    cluster_store const& store,
    outcome_log const& outcomes,
    credential_news const& news,
    std::chrono::system_clock::time_point now
)
{
    std::map<std::string, image_pull_secret_status> reports;
    auto const time = rfc3339(now);
    for (auto const& [name, entry] : crs)
    {
        auto const sum = count(entry, store);
        auto const& lists = outcomes.of(name);
        auto& report = reports[name];
        report.secrets_desired = sum.secrets_desired;
        report.secrets_success = sum.secrets_success;
        report.accounts_desired = sum.accounts_desired;
        report.accounts_success = sum.accounts_success;
        report.secrets_updated = current(lists.secrets_updated, entry, store, false);
        report.secrets_failed = current(lists.secrets_failed, entry, store, false);
        drop_healed(report.secrets_failed, entry, store);
        report.accounts_updated = current(lists.accounts_updated, entry, store, true);
        report.accounts_failed = current(lists.accounts_failed, entry, store, true);
        drop_healed_accounts(report.accounts_failed, entry, store);
        report.conditions.push_back(with_time(ready(entry, sum), entry.cr.status, time));
        report.conditions.push_back(with_time(credential_condition(entry, news, now), entry.cr.status, time));
        report.conditions.push_back(with_time(conflicting(report.secrets_failed), entry.cr.status, time));
        report.observed_generation = entry.cr.generation;
        if (entry.credential && entry.credential->expires_at)
            report.credential_expires_at = rfc3339(*entry.credential->expires_at);
        if (entry.credential && entry.credential->refreshed_at)
            report.credential_refreshed_at = rfc3339(*entry.credential->refreshed_at);
    }
    return reports;
}

}  // namespace tcr::controller
