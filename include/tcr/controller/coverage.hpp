// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides whether an ImagePullSecret serves a namespace and its accounts, and if not, why.

#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/controller/name_matcher.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

struct catalog_entry;

/// Whether an ImagePullSecret serves a namespace or an account; if not, the reason. `covered` and
/// `labels_unknown` must come first: callers compare with `<=` to find namespaces that are or may be served.
enum class coverage
{
    covered,              ///< served
    labels_unknown,       ///< undecided: the selector needs labels that are not in the store
    unusable,             ///< the ImagePullSecret is not valid, see `catalog_entry::is_valid`
    namespace_gone,       ///< the namespace does not exist or is terminating
    excluded,             ///< spec.excludedNamespaces has the namespace
    namespace_not_named,  ///< spec.namespaces does not have the namespace
    selector_mismatch,    ///< spec.namespaceSelector does not match the namespace's labels
    account_not_named,    ///< spec.serviceAccounts does not have the account
    references_unmanaged  ///< spec.references leaves all accounts unchanged
};

/// The namespaces that a spec selects: listed by name, not excluded, and matched by the selector.
struct namespace_scope
{
    explicit namespace_scope(image_pull_secret_spec const& spec);

    /// Whether the labels of a namespace matter.
    bool has_selector() const { return !selector.requirements.empty(); }

    /// Whether spec.namespaces and spec.excludedNamespaces select the name `ns`. Ignores labels.
    bool names(std::string_view ns) const { return match_name(ns) == coverage::covered; }

    /// The coverage by the spec alone, even if the ImagePullSecret is not valid. For code that reports which
    /// namespaces a spec selects, such as the status. Code that writes or removes objects uses `coverage_of`.
    coverage match(runtime::cluster_store::namespace_view const& ns) const;

    name_matcher namespaces;
    std::vector<std::string> excluded;  ///< sorted
    label_selector selector;

private:
    coverage match_name(std::string_view ns) const;
};

/// Whether the ImagePullSecret serves the namespace. An invalid ImagePullSecret is `unusable` in every
/// namespace, even if its spec does not select the namespace. Callers then neither write nor remove objects.
coverage coverage_of(catalog_entry const& entry, runtime::cluster_store::namespace_view const& ns);

/// Whether the ImagePullSecret serves an account of the namespace. `references_unmanaged` takes precedence
/// over `account_not_named`, which takes precedence over all other reasons.
/// \param account empty if the API server generates the name later (generateName). Such an account is served
/// only if spec.serviceAccounts selects all accounts.
coverage coverage_of(
    catalog_entry const& entry, runtime::cluster_store::namespace_view const& ns, std::string_view account
);

}  // namespace tcr::controller
