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

/// A token of a TCR instance, with what must survive a restart. It is stored in a Secret of the controller's
/// own namespace and only there, because tenants can write Secrets in theirs.
struct stored_token
{
    using time_point = std::chrono::system_clock::time_point;

    token_reference of;
    registry::instance_token token;
    time_point minted_at;

    /// Counts the long-term tokens of an instance. Their descriptions end with it.
    std::uint64_t serial = 1;

    /// The instance's names. The token may be sent there.
    std::vector<std::string> servers;

    std::uint64_t resource_version = 0;  ///< 0: not written yet

    /// Whether the token may be sent to `server`: its host is one of `servers` or ends with a suffix.
    bool may_go_to(std::string_view server, std::vector<std::string> const& suffixes) const;

    /// When the token expires; nothing if it does not.
    std::optional<time_point> expires_at() const;
};

/// "tcr-assistant-token-<registryId>-<region>-<type>".
std::string token_secret_name(token_reference const& of);

/// Body of the POST that creates the Secret. It has times in whole seconds.
std::string create_body(stored_token const& token);

/// Body of a merge patch. Unless `resource_version` is 0, the patch succeeds only at that version.
std::string update_body(stored_token const& token);

/// Reads a token from the decoded data of a Secret. Nothing if a required value is missing or invalid; then a
/// new token is made.
std::optional<stored_token> read_token(
    std::map<std::string, std::string> const& data, std::uint64_t resource_version
);

}  // namespace tcr::credentials
