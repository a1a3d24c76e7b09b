#pragma once

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

/// A token of a TCR instance with what must be known of it after a restart, as it is kept in a Secret of the
/// controller's own namespace, and only there: tenants write Secrets in theirs.
struct stored_token
{
    using time_point = std::chrono::system_clock::time_point;

    token_reference of;
    registry::instance_token token;
    time_point minted_at;

    /// Counts the long-term tokens of an instance: their descriptions end with it.
    std::uint64_t serial = 1;

    /// The instance's own names, to which it may be sent.
    std::vector<std::string> servers;

    std::uint64_t resource_version = 0;  ///< 0: not written yet

    /// Whether one of the names, or one with one of these ends, is that of the server.
    bool may_go_to(std::string_view server, std::vector<std::string> const& suffixes) const;

    /// Nothing where it does not end.
    std::optional<time_point> expires_at() const;
};

/// "tcr-assistant-token-<registryId>-<region>-<type>".
std::string token_secret_name(token_reference const& of);

/// Body of the POST that makes the Secret. Times are kept to the second.
std::string create_body(stored_token const& token);

/// Body of a merge patch, which succeeds only at this version of it where that is not 0.
std::string update_body(stored_token const& token);

/// Reads it from a Secret's data, decoded. Nothing, where anything is missing or makes no sense: then another
/// token is made.
std::optional<stored_token> read_token(
    std::map<std::string, std::string> const& data, std::uint64_t resource_version
);

}  // namespace tcr::credentials
