// SPDX-License-Identifier: Apache-2.0
#pragma once

// A token of a TCR instance, and the Secret that holds it.

#include <tcr/credentials/login.hpp>
#include <tcr/registry/cloud_client.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::credentials
{

/// A token of a TCR instance, with all data that must survive a restart. It is read back only from a Secret
/// of the controller's own namespace, because tenants can write Secrets in their own namespaces.
struct stored_token
{
    using time_point = std::chrono::system_clock::time_point;

    token_reference of;
    registry::instance_token token;
    time_point minted_at;

    /// Number of this token in the series of tokens made for its reference. The first token has number 1. A
    /// token that is made when no previous token is known has number 1 again. The description of a long-term
    /// token ends with this number.
    std::uint64_t serial = 1;

    /// The host names of the instance. The token may be sent to these hosts.
    std::vector<std::string> servers;

    std::uint64_t resource_version = 0;  ///< version of the Secret; 0: write it, whatever its version

    /// Whether the token may be sent to `server` (spec.docker.server). Returns true if `server` has no
    /// wildcard and its host is one of `servers`, or a longer name that ends with one of `suffixes`.
    bool may_go_to(std::string_view server, std::vector<std::string> const& suffixes) const;

    /// When the token expires; nullopt if it never expires.
    std::optional<time_point> expires_at() const;
};

/// The name of a token's Secret: "tcr-assistant-token-<registryId>-<region>-<type>".
std::string token_secret_name(token_reference const& of);

/// The body of the POST that creates the Secret. The times in the body are in whole seconds.
std::string create_body(stored_token const& token);

/// The body of a merge patch of the Secret. If `token.resource_version` is not 0, the patch succeeds only if
/// the Secret has this version.
std::string update_body(stored_token const& token);

/// Reads a token from the decoded data of a Secret. Returns nullopt if a required value is missing or
/// invalid. `credential_secrets` then treats the Secret like a deleted one.
std::optional<stored_token> read_token(
    std::map<std::string, std::string> const& data, std::uint64_t resource_version
);

}  // namespace tcr::credentials
