// SPDX-License-Identifier: Apache-2.0
#pragma once

// Warnings about ImagePullSecrets that are valid but probably not intended. The webhook, lint and the plan
// command show them.

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <string>
#include <vector>

namespace tcr::controller
{

/// Warnings about a spec that is valid but probably not intended. Each has the form "FIELD: sentence".
/// Possible warnings are about:
/// - a pull Secret that the controller may not access
/// - a password in the spec
/// - a passwordSecretRef with a key that usually holds a docker configuration, not a password
/// - blanks around a user name or a password
/// - a server that is a wrong name of Docker Hub, or a wildcard for hosts of many owners
/// - namespaces that are both named and excluded
/// - named namespaces that do not exist
/// - named service accounts that have no effect, because the spec manages no references
/// - another ImagePullSecret that has a credential for the same images and accounts
///
/// Returns at most ten warnings of at most 256 bytes each. The API server may cut longer warnings if all
/// warnings of an answer together have more than 4096 characters:
/// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
///
/// \param cr must have no problem that `validate` reports, except problems that its stored version has, too.
/// \param others the other ImagePullSecrets. If this catalog has an earlier version of `cr`, with the same
/// name, that version is ignored. The catalog also resolves the credential that `cr` refers to.
/// \param known the cluster; null if the cluster is unknown. If null, there are no warnings about missing
/// namespaces, and overlaps are found from the specs alone.
std::vector<std::string> spec_warnings(
    image_pull_secret const& cr, catalog const& others, runtime::cluster_store const* known
);

}  // namespace tcr::controller
