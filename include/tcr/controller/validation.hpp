// SPDX-License-Identifier: Apache-2.0
#pragma once

// Checks the rules for ImagePullSecrets. Used by the webhook, lint, the plan command and the instance file.

#include <tcr/controller/image_pull_secret.hpp>

#include <string>
#include <vector>

namespace tcr::controller
{

/// One error in an ImagePullSecret.
struct field_problem
{
    std::string field;  ///< path as in Kubernetes' errors: "spec.docker.server", "spec.excludedNamespaces[2]"
    std::string message;  ///< what is wrong or what to write instead; never contains a credential

    bool operator==(field_problem const&) const = default;

    /// "FIELD: MESSAGE", or the message alone if the field is empty.
    std::string text() const { return field + (field.empty() ? "" : ": ") + message; }
};

/// Checks all rules that depend on the object alone. Pure. These rules are:
/// - the rules of deploy/base/crd.yaml
/// - rules that a CRD cannot check. An example is the length of each name in a list: a CEL rule for it would
///   exceed the cost limit of a CRD. Another example: the password is not a whole dockerconfigjson.
///
/// \return the problems, but only the first few of each list; empty if the object is valid.
std::vector<field_problem> validate(image_pull_secret const& cr);

}  // namespace tcr::controller
