// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which logins kubelet tries for the images of a pod.

#include <tcr/commands/finding.hpp>
#include <tcr/commands/namespace_facts.hpp>
#include <tcr/kube/image_keyring.hpp>

#include <string_view>
#include <vector>

namespace tcr::commands
{

/// The logins of the Secrets that a pod references. Kubelet tries them first, and then the logins of the node
/// and of its credential providers, which are unknown here.
class pod_logins
{
public:
    pod_logins(pod_facts const& pod, namespace_facts const& facts);

    /// The logins that kubelet tries for a repository, first to last.
    /// \param repository as `kube::repository_of` returns it
    std::vector<image_login> lookup(std::string_view repository) const;

    /// Whether a referenced Secret was not read. Kubelet may then have more logins than `lookup` returns.
    bool has_unchecked_secret() const { return has_unchecked_secret_; }

    /// Name of a referenced Secret that kubelet cannot parse; empty if there is none. With such a Secret,
    /// kubelet pulls no image of the pod.
    std::string const& unusable_secret() const { return unusable_secret_; }

private:
    kube::image_keyring keyring_;
    std::vector<image_login> logins_;  ///< the index is the number of the login in `keyring_`
    bool has_unchecked_secret_ = false;
    std::string unusable_secret_;
};

/// Whether kubelet uses a login with this key for images of a repository.
/// \param key as a Secret or docker.server spells it
bool is_login_for(std::string_view key, std::string_view repository);

}  // namespace tcr::commands
