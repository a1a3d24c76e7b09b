#include "overlap.hpp"

#include <tcr/util/strings.hpp>

#include <algorithm>
#include <vector>

namespace tcr::controller
{
namespace
{

/// Finds the accounts that both ImagePullSecrets serve. \return whether there is at least one.
bool share_accounts(catalog_entry const& one, catalog_entry const& other, shared_scope& shared)
{
    if (!one.cr.spec.manages_references() || !other.cr.spec.manages_references())
        return false;
    shared.is_every_account = one.accounts.matches_all() && other.accounts.matches_all();
    if (shared.is_every_account)
        return true;
    auto const& listing = one.accounts.matches_all() ? other : one;
    auto const& matching = one.accounts.matches_all() ? one : other;
    for (auto const& name : listing.accounts.names())
        if (matching.accounts.matches(name) && shared.accounts.add(name))
            break;
    return !shared.accounts.empty();
}

/// Finds the names of namespaces that both ImagePullSecrets select by name. The namespaces may be missing in
/// the cluster. \return whether there is at least one name.
bool share_names(catalog_entry const& one, catalog_entry const& other, shared_scope& shared)
{
    shared.is_everywhere = one.scope->namespaces.matches_all() && other.scope->namespaces.matches_all();
    if (shared.is_everywhere)
        return true;
    auto const& listing = one.scope->namespaces.matches_all() ? other : one;
    for (auto const& name : listing.scope->namespaces.names())
        if (one.scope->names(name) && other.scope->names(name) && shared.namespaces.add(name))
            break;
    return !shared.namespaces.empty();
}

/// Finds the existing namespaces that both ImagePullSecrets select. \return whether there is at least one.
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
            // Compares the specs only, so that invalid ImagePullSecrets count, too.
            if (one.scope->match(ns) == coverage::covered && other.scope->match(ns) == coverage::covered)
                both.push_back(ns.name);
        }
    );
    std::sort(both.begin(), both.end());
    std::for_each(both.begin(), both.end(), [&](auto name) { shared.namespaces.add(name); });
    return !both.empty();
}

/// Whether, among the namespaces that both select by name, `wide` selects each that `narrow` selects.
bool covers(catalog_entry const& wide, catalog_entry const& narrow)
{
    if (wide.cr.spec.namespace_selector == narrow.cr.spec.namespace_selector)
        return true;
    return !wide.scope->has_selector() && wide.scope->namespaces.matches_all();
}

}  // namespace

bool name_list::add(std::string_view name)
{
    if (++count_ <= max_shown)
        shown_.emplace_back(name);
    return count_ > max_shown;
}

std::string name_list::text(bool is_complete) const
{
    std::string text;
    for (auto const& name : shown_)
        text += (text.empty() ? "" : ", ") + ('"' + printable(name, is_complete ? 80 : 40) + '"');
    if (count_ > max_shown)
        text += " and " + (is_complete ? std::to_string(count_ - max_shown) + " " : "") + "more";
    return text;
}

std::optional<shared_scope> overlap(
    catalog_entry const& one, catalog_entry const& other, runtime::cluster_store const* known
)
{
    shared_scope shared;
    if (one.cr.spec.server != other.cr.spec.server || !share_accounts(one, other, shared))
        return std::nullopt;
    bool const has_selectors = one.scope->has_selector() || other.scope->has_selector();
    bool is_shared = false;
    if (has_selectors && known != nullptr)
        is_shared = share_existing(one, other, *known, shared);
    else if (!has_selectors || covers(one, other) || covers(other, one))
        is_shared = share_names(one, other, shared);
    if (!is_shared)
        return std::nullopt;
    return shared;
}

}  // namespace tcr::controller
