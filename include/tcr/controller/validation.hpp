#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <string>
#include <vector>

namespace tcr::controller
{

/// One thing that is wrong with an ImagePullSecret.
struct field_problem
{
    std::string field;  ///< as in Kubernetes' own answers: "spec.docker.server", "spec.excludedNamespaces[2]"
    std::string message;  ///< what to write instead; never holds a credential

    bool operator==(field_problem const&) const = default;
};

/// Checks all rules that depend on the object alone: those of deploy/base/crd.yaml, and the length of each
/// name in a list, which exceeds the cost limit of CEL rules in a CRD. Pure. \return the problems, only the
/// first few of each list; empty: the object is valid.
std::vector<field_problem> validate(image_pull_secret const& cr);

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
std::vector<std::string> cautions(
    image_pull_secret const& cr, catalog const& others, runtime::cluster_store const* known
);

}  // namespace tcr::controller
