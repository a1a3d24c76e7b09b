#pragma once

// A login for a registry, and the references to logins in a spec.

#include <tcr/registry/cloud_client.hpp>

#include <chrono>
#include <compare>
#include <optional>
#include <string>

namespace tcr::credentials
{

/// User name and password for a registry. Never logged.
struct login
{
    std::string username;
    std::string password;

    /// Only for a TCR token. `expires_at` is nullopt if the token never expires. `refreshed_at` is the time
    /// when the token was made.
    std::optional<std::chrono::system_clock::time_point> expires_at;
    std::optional<std::chrono::system_clock::time_point> refreshed_at;

    bool operator==(login const&) const = default;
};

/// Refers to a password in a Secret of the controller's own namespace (spec.docker.passwordSecretRef).
struct password_reference
{
    std::string name;              ///< name of the Secret
    std::string key = "password";  ///< key in the Secret's data

    auto operator<=>(password_reference const&) const = default;
};

/// Refers to a token of a TCR instance (spec.tcr). ImagePullSecrets with the same reference share one token.
struct token_reference
{
    registry::instance_id instance;
    registry::token_type type = registry::token_type::temp;

    auto operator<=>(token_reference const&) const = default;
};

/// A login, or the reason why there is no login.
struct resolution
{
    std::optional<login> found;
    std::string reason;   ///< one CamelCase word; empty if a login was found
    std::string message;  ///< a sentence without credentials; empty if a login was found

    bool operator==(resolution const&) const = default;
};

}  // namespace tcr::credentials
