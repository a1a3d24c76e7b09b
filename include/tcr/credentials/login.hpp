// SPDX-License-Identifier: Apache-2.0
#pragma once

// Logins for registries, the credential that an ImagePullSecret distributes, and the references in a spec.

#include <tcr/kube/docker_config.hpp>
#include <tcr/registry/cloud_client.hpp>

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <vector>

namespace tcr::credentials
{

/// The user name and password for a registry. Never logged.
using login = kube::docker_login;

/// What an ImagePullSecret distributes. Never logged.
struct credential
{
    std::string docker_config;  ///< the value of .dockerconfigjson
    std::vector<login> logins;  ///< the entries of `docker_config`, in the same order; at least one

    // `expires_at` and `refreshed_at` are set only for a TCR token. `expires_at` is nullopt also for a token
    // that never expires. `refreshed_at` is the time when the token was made.
    std::optional<std::chrono::system_clock::time_point> expires_at;
    std::optional<std::chrono::system_clock::time_point> refreshed_at;

    bool operator==(credential const&) const = default;
};

/// Refers to a password in a Secret of the controller's own namespace (spec.docker.passwordSecretRef).
struct password_reference
{
    std::string name;              ///< name of the Secret
    std::string key = "password";  ///< key in the Secret's data

    auto operator<=>(password_reference const&) const = default;
};

/// Refers to a dockerconfigjson in a Secret of the controller's own namespace (spec.docker.configSecretRef).
struct config_reference
{
    std::string name;                          ///< name of the Secret
    std::string key{kube::docker_config_key};  ///< key in the Secret's data

    auto operator<=>(config_reference const&) const = default;
};

/// Refers to a token of a TCR instance (spec.tcr). ImagePullSecrets with the same reference share one token.
struct token_reference
{
    registry::instance_id instance;
    registry::token_type type = registry::token_type::temp;

    auto operator<=>(token_reference const&) const = default;
};

/// A credential, or the reason why there is none.
struct resolution
{
    std::optional<credential> found;
    std::string reason;   ///< one CamelCase word; empty if a credential was found
    std::string message;  ///< explains `reason`; contains no password; empty if a credential was found

    bool operator==(resolution const&) const = default;
};

}  // namespace tcr::credentials
