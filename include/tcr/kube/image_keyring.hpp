// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which logins kubelet uses for an image, and in which order.
//
// Source of the rules: `BasicDockerKeyring` in k8s.io/kubernetes/pkg/credentialprovider. The test it_keyring
// compares our results with those of kubelet's code.

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::kube
{

/// Converts a key of `auths` in a dockerconfigjson to kubelet's normal form: the host, the port and the path,
/// with decoded "%" sequences. At the start of the path, "/v1/" or "/v2/" becomes "/". Then a path that is
/// only "/" is omitted. For example, "https://host/v1/a?b" becomes "host/a". Two keys with the same normal
/// form mean the same repositories. Returns nullopt if kubelet ignores the key.
std::optional<std::string> normal_registry_key(std::string_view key);

/// Whether a key in normal form matches a repository. All of this must be true:
/// - Both hosts have the same number of labels, and each label of the key's host matches the label of the
///   repository's host by the rules of Go's filepath.Match.
/// - The ports are the same.
/// - The repository's path begins with the key's path ("/a" also matches "/ab").
///
/// \param repository as `repository_of` returns it
bool matches_registry_key(std::string_view normal_key, std::string_view repository);

/// The logins of a pod's Secrets, as kubelet stores them. The caller identifies each login by a number of its
/// choice.
class image_keyring
{
public:
    /// Adds a login for a key of `auths`. Call it in the order of the pod's imagePullSecrets.
    /// \return false if kubelet ignores the key.
    bool add(std::string_view key, std::size_t login);

    /// Returns the logins that kubelet tries for a repository, first to last.
    /// \param repository as `repository_of` returns it
    std::vector<std::size_t> lookup(std::string_view repository) const;

private:
    /// Logins by normal key, in kubelet's order: the last key in byte order comes first, so that a longer
    /// path precedes its prefix.
    std::map<std::string, std::vector<std::size_t>, std::greater<>> logins_;
};

}  // namespace tcr::kube
