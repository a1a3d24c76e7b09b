#pragma once

// What `explain` reports about a pod, an account, a namespace or the cluster.

#include <tcr/commands/finding.hpp>
#include <tcr/commands/namespace_facts.hpp>
#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <string>
#include <vector>

namespace tcr::commands
{

// The catalog needs only the logins that are written in specs: for other credentials the status of an
// ImagePullSecret reports whether they exist. No finding contains a credential.

/// Explains why pods can or cannot pull images: which ImagePullSecrets serve the namespace and the account,
/// and whether the Secret and the reference exist. With a pod, also whether that pod has the references and
/// whether the Secrets are for the registries of its images. Without one, names the pods of the namespace
/// that cannot pull. Pure.
///
/// `account` is used only if `facts` have no pod. `pod` is the name of the pod that was asked for, or empty.
std::vector<finding> explain(
    controller::catalog const& catalog,
    namespace_facts const& facts,
    std::string const& account,
    std::string const& pod = {}
);

/// Checks all namespaces: a problem for each ImagePullSecret that is not usable, and for each namespace that
/// lacks its Secret or its references. `store` holds the cluster as `read_cluster` reads it. Pure.
std::vector<finding> explain_cluster(controller::catalog const& catalog, runtime::cluster_store const& store);

/// Reports that the API server does not know ImagePullSecrets.
finding missing_crd();

}  // namespace tcr::commands
