// SPDX-License-Identifier: Apache-2.0
#include "overlap.hpp"

#include <tcr/kube/image_keyring.hpp>
#include <tcr/net/host_port.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <vector>

namespace tcr::controller
{
namespace
{

/// Whether `wide` contains a wildcard and matches `narrow`. Both are hosts with their ports. `narrow` may
/// contain wildcards, too.
bool covers(std::string_view wide, std::string_view narrow)
{
    return wide.find('*') != wide.npos && kube::matches_registry_key(wide, narrow);
}

/// The relation of `key` to `other`. Both are in kubelet's normal form.
key_relation relation_of(std::string_view key, std::string_view other)
{
    // For an image of Docker Hub, kubelet uses a login for `hub_index` only if no other key matches.
    constexpr std::string_view hub = "docker.io";
    constexpr std::string_view hub_index = "index.docker.io";
    if (key == other)
        return key_relation::same;
    if (key == hub && other == hub_index)
        return key_relation::hides;
    if (key == hub_index && other == hub)
        return key_relation::hidden;
    net::registry_location const first(key);
    net::registry_location const second(other);
    auto const host = first.host_and_port;
    auto const other_host = second.host_and_port;
    bool const have_common_path = first.path.starts_with(second.path) || second.path.starts_with(first.path);
    if (host == other_host || !have_common_path || (!covers(host, other_host) && !covers(other_host, host)))
        return key_relation::apart;
    return key > other ? key_relation::before : key_relation::after;
}

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

/// Whether the names in the two specs decide whether they share namespaces, although the labels of namespaces
/// are unknown (see `overlap`). True if both selectors are equal, or if `wide` has no selector and its
/// spec.namespaces selects all namespaces.
bool names_decide(catalog_entry const& wide, catalog_entry const& narrow)
{
    if (wide.cr.spec.namespace_selector == narrow.cr.spec.namespace_selector)
        return true;
    return !wide.scope->has_selector() && wide.scope->namespaces.matches_all();
}

}  // namespace

std::vector<std::string> registry_keys(catalog_entry const& entry)
{
    std::vector<std::string> keys;
    auto const add = [&](std::string_view key)
    {
        if (auto normal = kube::normal_registry_key(key); normal && !normal->empty())
            keys.push_back(std::move(*normal));
    };
    if (!entry.cr.spec.config_from)
        add(entry.cr.spec.server);
    else if (entry.credential)
        for (auto const& login : entry.credential->logins)
            add(login.registry);
    return keys;
}

related_key find_related_key(std::vector<std::string> const& keys, std::vector<std::string> const& others)
{
    for (auto const& other : others)
        for (auto const& key : keys)
            if (auto const relation = relation_of(key, other); relation != key_relation::apart)
                return {other, relation};
    return {};
}

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
    if (!share_accounts(one, other, shared))
        return std::nullopt;
    bool const has_selectors = one.scope->has_selector() || other.scope->has_selector();
    bool is_shared = false;
    if (has_selectors && known != nullptr)
        is_shared = share_existing(one, other, *known, shared);
    else if (!has_selectors || names_decide(one, other) || names_decide(other, one))
        is_shared = share_names(one, other, shared);
    if (!is_shared)
        return std::nullopt;
    return shared;
}

}  // namespace tcr::controller
