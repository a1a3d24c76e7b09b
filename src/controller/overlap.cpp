
#include "overlap.hpp"

#include <algorithm>

namespace tcr::controller
{
namespace
{

/// Adds a name, unless the list is full. \return whether it was full.
bool take(std::string_view name, std::vector<std::string>& names, bool& has_more)
{
    has_more = names.size() == shared_scope::max_names;
    if (!has_more)
        names.emplace_back(name);
    return has_more;
}

/// Finds the accounts that both serve. \return whether there are any.
bool share_accounts(catalog_entry const& one, catalog_entry const& other, shared_scope& shared)
{
    shared.is_every_account = one.accounts.matches_all() && other.accounts.matches_all();
    if (shared.is_every_account)
        return true;
    auto const& listing = one.accounts.matches_all() ? other : one;
    auto const& matching = one.accounts.matches_all() ? one : other;
    for (auto const& name : listing.accounts.names())
        if (matching.accounts.matches(name) && take(name, shared.accounts, shared.has_more_accounts))
            break;
    return !shared.accounts.empty();
}

/// Finds the namespaces that both select by name, even if they do not exist. \return whether there are any.
bool share_names(catalog_entry const& one, catalog_entry const& other, shared_scope& shared)
{
    shared.is_everywhere = one.scope->namespaces.matches_all() && other.scope->namespaces.matches_all();
    if (shared.is_everywhere)
        return true;
    auto const& listing = one.scope->namespaces.matches_all() ? other : one;
    for (auto const& name : listing.scope->namespaces.names())
        if (one.scope->names(name) && other.scope->names(name) &&
            take(name, shared.namespaces, shared.has_more_namespaces))
            break;
    return !shared.namespaces.empty();
}

/// Finds the existing namespaces that both serve. \return whether there are any.
bool share_existing(
    catalog_entry const& one,
    catalog_entry const& other,
    runtime::cluster_store const& known,
    shared_scope& shared
)
{
    std::vector<std::string_view> both;
    known.for_each_namespace(
        [&](runtime::namespace_id each)
        {
            auto const ns = known.view(each);
            // ImagePullSecrets that are not valid now count, too.
            if (one.scope->match(ns) == coverage::covered && other.scope->match(ns) == coverage::covered)
                both.push_back(ns.name);
        }
    );
    std::sort(both.begin(), both.end());
    for (auto const name : both)
        if (take(name, shared.namespaces, shared.has_more_namespaces))
            break;
    return !both.empty();
}

/// Whether `wide` selects everything that `narrow` selects among the namespaces that both name.
bool covers(catalog_entry const& wide, catalog_entry const& narrow)
{
    if (wide.cr.spec.namespace_selector == narrow.cr.spec.namespace_selector)
        return true;
    return !wide.scope->has_selector() && wide.scope->namespaces.matches_all();
}

}  // namespace

std::optional<shared_scope> overlap(
    catalog_entry const& one, catalog_entry const& other, runtime::cluster_store const* known
)
{
    shared_scope shared;
    if (one.cr.spec.server != other.cr.spec.server || !share_accounts(one, other, shared))
        return std::nullopt;
    bool is_shared = false;
    if (!one.scope->has_selector() && !other.scope->has_selector())
        is_shared = share_names(one, other, shared);
    else if (known != nullptr)
        is_shared = share_existing(one, other, *known, shared);
    else
        is_shared = (covers(one, other) || covers(other, one)) && share_names(one, other, shared);
    if (!is_shared)
        return std::nullopt;
    return shared;
}

}  // namespace tcr::controller
