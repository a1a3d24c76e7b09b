// SPDX-License-Identifier: Apache-2.0
#pragma once

// Computes what `explain` reports about a pod, an account, a namespace or the cluster.

#include <tcr/commands/finding.hpp>
#include <tcr/commands/namespace_facts.hpp>
#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tcr::commands
{

// In the functions below, `catalog` needs only the credentials that specs contain. If a spec refers to a
// credential elsewhere, the status of the ImagePullSecret shows whether that credential exists. No finding
// contains a credential.

/// Explains why pods can or cannot pull images: which ImagePullSecrets serve the namespace and the account,
/// and whether their Secrets and references exist. If `facts.pod` is set, also explains whether the pod has
/// the references, and which logins kubelet tries for its images. Otherwise names the pods of the namespace
/// that cannot pull. Reports what is not known because the user lacks rights. Pure.
///
/// If the user may not list ImagePullSecrets, `catalog` must be empty.
///
/// `max_listed` limits two groups of ImagePullSecrets: those that serve the account without a problem, and
/// those whose spec does not select the account. The findings list at most `max_listed` of each group, then
/// the number of the others. A group of `max_listed` + 1 is listed completely. ImagePullSecrets for images of
/// the pods come first.
std::vector<finding> explain(
    controller::catalog const& catalog,
    namespace_facts const& facts,
    explained_objects const& what,
    std::size_t max_listed = SIZE_MAX
);

/// Checks the whole cluster. Reports a problem for each ImagePullSecret that is not usable. For each usable
/// one, reports the selected namespaces that lack its Secret, or whose accounts lack references to it. Fill
/// `store` by `read_cluster`. Pure.
std::vector<finding> explain_cluster(controller::catalog const& catalog, runtime::cluster_store const& store);

/// The finding that the CRD of ImagePullSecrets is not installed.
finding missing_crd();

}  // namespace tcr::commands
