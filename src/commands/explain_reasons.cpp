// SPDX-License-Identifier: Apache-2.0
#include "explain_reasons.hpp"

#include <tcr/commands/pod_logins.hpp>

#include <algorithm>
#include <utility>

namespace tcr::commands
{
namespace
{

using controller::catalog_entry;
using controller::coverage;

/// The condition Ready, if its status is not True; otherwise null.
controller::condition const* not_ready(catalog_entry const& entry)
{
    auto const* ready = controller::find_condition(entry.cr.status, "Ready");
    return ready != nullptr && ready->status != "True" ? ready : nullptr;
}

std::string reason_of(catalog_entry const& entry, coverage what)
{
    switch (what)
    {
        case coverage::covered:
            break;
        case coverage::unusable:
            return problem_of(entry);
        case coverage::namespace_gone:
            return "the namespace does not exist or is being deleted";
        case coverage::excluded:
            return "spec.excludedNamespaces contains the namespace";
        case coverage::namespace_not_named:
            return "spec.namespaces does not contain the namespace";
        case coverage::selector_mismatch:
            return "spec.namespaceSelector does not match the namespace's labels";
        case coverage::labels_unknown:
            return "the namespace's labels are not readable, or too long to be compared with "
                   "spec.namespaceSelector";
        case coverage::account_not_named:
            return "spec.serviceAccounts does not contain the account";
        case coverage::references_unmanaged:
            return "spec.references is secretsOnly: the account or the pod must name Secret " +
                   entry.secret.name + " itself";
    }
    return {};
}

/// Whether the account, or the pod that is explained, names the pull Secret.
bool is_named(catalog_entry const& entry, namespace_facts const& facts, std::string_view account)
{
    auto const found = facts.accounts.find(std::string(account));
    return (found != facts.accounts.end() && contains(found->second.references, entry.secret.name)) ||
           (facts.pod && contains(facts.pod->references, entry.secret.name));
}

}  // namespace

std::string joined(std::vector<std::string> const& names, std::size_t max)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(max, names.size()); ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    return names.size() <= max ? text : text + " and " + std::to_string(names.size() - max) + " more";
}

bool contains(std::vector<std::string> const& list, std::string const& what)
{
    return std::ranges::find(list, what) != list.end();
}

std::string problem_of(catalog_entry const& entry)
{
    std::string const text = "it is not usable: ";
    // While the ImagePullSecret is being deleted with --cascade=orphan, the controller does not update its
    // status. The status may thus be outdated.
    if (entry.cr.keeps_secrets)
        return text + std::string(entry.problem());
    if (!refers_to_credential(entry.cr.spec))
        return entry.is_valid() ? std::string() : text + std::string(entry.problem());
    auto const* state = not_ready(entry);
    return state && state->reason != "Converging" ? text + state->message : "";
}

service service_of(catalog_entry const& entry, namespace_facts const& facts, std::string_view account)
{
    auto const of_spec = entry.scope->match(facts.view());
    auto what = of_spec == coverage::covered ? coverage_of(entry, facts.view(), account) : of_spec;
    if (what == coverage::references_unmanaged && is_named(entry, facts, account))
        what = coverage_of(entry, facts.view());
    return {what, reason_of(entry, what)};
}

bool is_for(catalog_entry const& entry, namespace_facts const& facts, std::string_view repository)
{
    if (is_login_for(entry.cr.spec.server, repository))
        return true;
    auto const found = facts.secrets.find(entry.secret.name);
    if (found == facts.secrets.end() || found->second.owner != controller::ownership::ours)
        return false;
    auto const is_match = [&](login_facts const& login) { return is_login_for(login.key, repository); };
    return std::ranges::any_of(found->second.logins, is_match);
}

std::string advice_about_missing(
    catalog_entry const& entry,
    std::vector<controller::status_entry> const& failed,
    std::string const& full_name
)
{
    for (auto const& each : failed)
        if (each.namespaced_name == full_name)
            return each.reason + ": " + each.message;
    if (auto const* state = not_ready(entry))
        return "The ImagePullSecret is not ready: " + state->reason + ": " + state->message;
    return "Check that the controller runs and leads: see its log and /readyz.";
}

}  // namespace tcr::commands
