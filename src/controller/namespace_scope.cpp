#include <tcr/controller/namespace_scope.hpp>

#include <algorithm>

namespace tcr::controller
{

namespace_scope::namespace_scope(image_pull_secret_spec const& spec)
    : namespaces(spec.namespaces), excluded(spec.excluded_namespaces), selector(spec.namespace_selector)
{
    std::sort(excluded.begin(), excluded.end());
}

bool namespace_scope::names(std::string_view ns) const
{
    return namespaces.matches(ns) && !std::binary_search(excluded.begin(), excluded.end(), ns, std::less<>());
}

scope_match namespace_scope::match(runtime::cluster_store::namespace_view const& ns) const
{
    if (!ns.exists || ns.is_terminating || !names(ns.name))
        return scope_match::no;
    if (!has_selector())
        return scope_match::yes;
    if (ns.has_unknown_labels)
        return scope_match::unknown;
    return selector.matches(ns.name, ns.labels) ? scope_match::yes : scope_match::no;
}

}  // namespace tcr::controller
