#pragma once

// Warnings about ImagePullSecrets that are valid but probably not intended, for the webhook and lint.

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <string>
#include <vector>

namespace tcr::controller
{

/// Warnings about a spec that is valid but probably not intended, each as "FIELD: sentence": a password in
/// the spec, a scope that overlaps with that of another ImagePullSecret for the same server, namespaces that
/// do not exist, or that are both named and excluded.
///
/// At most ten, each at most 256 bytes: the API server may cut longer ones if all warnings of an answer
/// together have more than 4096 characters,
/// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
///
/// `cr` must be valid. `others` may hold an earlier version of it, which is skipped by name. `known` is null
/// if the cluster is unknown. Then warnings that depend on the cluster are left out.
std::vector<std::string> spec_warnings(
    image_pull_secret const& cr, catalog const& others, runtime::cluster_store const* known
);

}  // namespace tcr::controller
