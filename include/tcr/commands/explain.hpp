#pragma once

// What `explain` reports about a pod or an account.

#include <tcr/commands/namespace_facts.hpp>
#include <tcr/controller/catalog.hpp>

#include <string>
#include <vector>

namespace tcr::commands
{

/// One sentence of an explanation.
struct finding
{
    enum class kind
    {
        good,     ///< as it should be
        fact,     ///< neither good nor bad
        problem,  ///< prevents a pull
        advice    ///< what to do about the preceding problem
    };

    kind what = kind::fact;
    std::string text;

    bool operator==(finding const&) const = default;
};

/// Explains why a pod can or cannot pull images: which ImagePullSecrets serve its namespace and its account,
/// whether the Secret and the reference exist, whether the pod has the references, and whether the Secrets
/// are for the registries of its images. Pure.
///
/// `account` is used only if `facts` have no pod. The catalog needs only the logins that are written in
/// specs. For other credentials the status of an ImagePullSecret reports whether they exist. No finding
/// contains a credential.
std::vector<finding> explain(
    controller::catalog const& catalog, namespace_facts const& facts, std::string const& account
);

/// Whether any finding is a problem.
bool has_problem(std::vector<finding> const& findings);

}  // namespace tcr::commands
