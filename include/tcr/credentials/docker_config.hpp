// SPDX-License-Identifier: Apache-2.0
#pragma once

// Writes and reads a dockerconfigjson: the logins in a pull Secret. Pure.

#include <tcr/credentials/login.hpp>
#include <tcr/util/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tcr::credentials
{

/// Max length in bytes of a dockerconfigjson that is distributed: enough for 200 usual logins. Kubernetes
/// permits 1 MiB in a Secret. This limit is lower, because the controller holds each dockerconfigjson about
/// five times in memory, and writes it into each namespace.
inline constexpr std::size_t max_docker_config_bytes = 65'536;

/// The value of .dockerconfigjson for one login. "kubectl create secret docker-registry" writes the same
/// bytes: the fields have the order username, password, auth. The characters "<", ">" and "&" are escaped, as
/// Go's encoding/json escapes them.
std::string docker_config_json(std::string_view server, std::string_view username, std::string_view password);

/// The credential that consists of one login.
credential credential_of(login only);

/// Reads a dockerconfigjson. Keeps the entries of `auths` as they are, including fields that kubelet ignores,
/// such as `identitytoken`. Drops all other members of the document.
///
/// Accepts only what kubelet can parse (`DockerConfigEntry` in k8s.io/kubernetes/pkg/credentialprovider).
/// Kubelet pulls no image for a pod if it cannot parse one of the pod's Secrets
/// (`MakeDockerKeyring` in .../credentialprovider/secrets). Also refuses a key of `auths` with a user name
/// before an "@", and an `auths` without any login.
///
/// \par Errors invalid_argument: what is wrong. The message contains no part of `text` except a registry's
/// name.
result<credential> read_docker_config(std::string_view text);

}  // namespace tcr::credentials
