#pragma once

// A login for a registry, and the references by which a spec names one.

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

    /// Of a TCR token: when it expires, if it does, and when it was made.
    std::optional<std::chrono::system_clock::time_point> expires_at;
    std::optional<std::chrono::system_clock::time_point> refreshed_at;

    bool operator==(login const&) const = default;
};

/// A password in a Secret of the controller's own namespace: spec.docker.passwordSecretRef.
struct password_reference
{
    std::string name;              ///< of the Secret
    std::string key = "password";  ///< in its data

    auto operator<=>(password_reference const&) const = default;
};

/// A token of a TCR instance: spec.tcr. ImagePullSecrets with the same reference share one token.
struct token_reference
{
    registry::instance_id instance;
    registry::token_type type = registry::token_type::temp;

    auto operator<=>(token_reference const&) const = default;
};

/// A login, or why there is none.
struct resolution
{
    std::optional<login> found;
    std::string reason;   ///< if none was found: one CamelCase word
    std::string message;  ///< likewise: a sentence without credentials

    bool operator==(resolution const&) const = default;
};

}  // namespace tcr::credentials
