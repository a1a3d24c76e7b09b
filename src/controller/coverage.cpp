// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/catalog.hpp>
#include <tcr/controller/coverage.hpp>

#include <algorithm>

namespace tcr::controller
{

using namespace_view = runtime::cluster_store::namespace_view;

namespace_scope::namespace_scope(image_pull_secret_spec const& spec)
    : namespaces(spec.namespaces), excluded(spec.excluded_namespaces), selector(spec.namespace_selector)
{
    std::sort(excluded.begin(), excluded.end());
}

coverage namespace_scope::match_name(std::string_view ns) const
{
    if (std::binary_search(excluded.begin(), excluded.end(), ns, std::less<>()))
        return coverage::excluded;
    return namespaces.matches(ns) ? coverage::covered : coverage::namespace_not_named;
}

coverage namespace_scope::match(namespace_view const& ns) const
{
    if (!ns.exists || ns.is_terminating)
        return coverage::namespace_gone;
    auto const by_name = match_name(ns.name);
    if (by_name != coverage::covered || !has_selector())
        return by_name;
    if (ns.has_unknown_labels)
        return coverage::labels_unknown;
    return selector.matches(ns.name, ns.labels) ? coverage::covered : coverage::selector_mismatch;
}

coverage coverage_of(catalog_entry const& entry, namespace_view const& ns)
{
    return entry.is_valid() ? entry.scope->match(ns) : coverage::unusable;
}

coverage coverage_of(catalog_entry const& entry, namespace_view const& ns, std::string_view account)
{
    if (!entry.cr.spec.manages_references())
        return coverage::references_unmanaged;
    return entry.accounts.matches(account) ? coverage_of(entry, ns) : coverage::account_not_named;
}

}  // namespace tcr::controller
