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

/// Every rule for an ImagePullSecret that can be told from the object alone: those of deploy/base/crd.yaml
/// and, beyond them, the length of each name in a list, which the CRD cannot afford to look at. Pure. Empty:
/// the object is good. Of each list only the first few problems are told.
std::vector<field_problem> validate(image_pull_secret const& cr);

/// What may stand but is probably not meant, each as "FIELD: sentence": the scope overlaps with that of
/// another ImagePullSecret for the same server, namespaces are named that do not exist, or named and excluded
/// at once.
///
/// At most ten, each at most 256 bytes: longer ones the API server may cut once all of an answer's are long
/// (more than 4096 characters),
/// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
///
/// `cr` must be valid. `others` may hold the object's former self, by its name: it is skipped. `known` is
/// null where nobody knows the cluster; then nothing is said that depends on it.
std::vector<std::string> cautions(
    image_pull_secret const& cr, catalog const& others, runtime::cluster_store const* known
);

}  // namespace tcr::controller
