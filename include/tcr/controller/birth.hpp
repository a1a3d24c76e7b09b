#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// What a service account is born with.
struct birthright
{
    /// Names to append to its imagePullSecrets.
    std::vector<std::string> references;

    /// A CR selects namespaces by their labels, and this namespace is not known yet: its watch is on its way.
    bool is_undecided = false;

    bool operator==(birthright const&) const = default;
};

/// The references that an account about to be created will need, beside those it `brings` itself. Pure.
///
/// A reference may be born before its Secret: kubelet skips a Secret that is not there (kubelet_pods.go,
/// getPullSecretsForPod), and the Secret comes before the pod is on its node. An account without a name yet
/// (generateName) gets what every account gets.
birthright references_at_birth(
    catalog const& crs,
    runtime::cluster_store const& store,
    std::string_view ns,
    std::string_view account,
    std::vector<std::string> const& brings
);

}  // namespace tcr::controller
