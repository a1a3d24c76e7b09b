#pragma once

// The rules that an ImagePullSecret must keep, checked by the webhook, by lint and for instances.

#include <tcr/controller/image_pull_secret.hpp>

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

}  // namespace tcr::controller
