// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads the logins of a pull Secret as kubelet parses them.

#include <tcr/util/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tcr::kube
{

// The types of Secrets that kubelet reads, each with the key of its content.
inline constexpr std::string_view docker_config_type = "kubernetes.io/dockerconfigjson";
inline constexpr std::string_view docker_config_key = ".dockerconfigjson";
inline constexpr std::string_view legacy_docker_config_type = "kubernetes.io/dockercfg";
inline constexpr std::string_view legacy_docker_config_key = ".dockercfg";

/// The two formats of a pull Secret's content.
enum class docker_config_format
{
    json,   ///< content of `docker_config_type`: the logins are in `auths`
    legacy  ///< content of `legacy_docker_config_type`: the document itself is the map of logins
};

/// A login as kubelet uses it. Never logged.
struct docker_login
{
    std::string registry;  ///< key of the login, as written; may contain a user name and a password
    std::string username;
    std::string password;

    bool operator==(docker_login const&) const = default;
};

/// Reads the logins of a pull Secret. As in kubelet, the case of field names does not matter, and a login
/// may have the fields username, password, email and auth. Other fields are ignored: a login with only an
/// identitytoken or a registrytoken has an empty user name and an empty password.
///
/// Source of the rules: `DockerConfigJSON` in k8s.io/kubernetes/pkg/credentialprovider/config.go.
/// \par Errors invalid_argument if kubelet cannot parse the content. In this case, kubelet pulls no image for
/// a pod that references the Secret (`MakeDockerKeyring` in credentialprovider/secrets). The text of the
/// error has the reason, but no credential.
result<std::vector<docker_login>> read_docker_config(std::string_view content, docker_config_format format);

}  // namespace tcr::kube
