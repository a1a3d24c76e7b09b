#pragma once

#include <tcr/commands/namespace_facts.hpp>
#include <tcr/controller/catalog.hpp>

#include <string>
#include <vector>

namespace tcr::commands
{

/// One sentence of an explanation.
struct remark
{
    enum class kind
    {
        good,     ///< as it has to be
        fact,     ///< neither good nor bad
        problem,  ///< in the way of a pull
        advice    ///< what to do about the problem before it
    };

    kind what = kind::fact;
    std::string text;

    bool operator==(remark const&) const = default;
};

/// Why a pod can or cannot pull: which ImagePullSecrets serve its namespace and its account, whether Secret
/// and reference are there, whether the pod has them, and whether they are for the registries of its images.
/// Pure.
///
/// `account` counts where `facts` have no pod. The catalog needs only the logins that stand in specs: the
/// status of an ImagePullSecret reports whether another credential exists. Never shows a credential.
std::vector<remark> explain(
    controller::catalog const& crs, namespace_facts const& facts, std::string const& account
);

/// Whether something is in the way.
bool has_problem(std::vector<remark> const& remarks);

}  // namespace tcr::commands
