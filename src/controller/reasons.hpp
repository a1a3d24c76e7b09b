#pragma once

// Reasons in the statuses and Events of ImagePullSecrets. Users filter by them.

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <string_view>

namespace tcr::controller::reason
{

// What was done.
inline constexpr std::string_view secret_created = "SecretCreated";
inline constexpr std::string_view secret_adopted = "SecretAdopted";    ///< the original add-on had made it
inline constexpr std::string_view secret_repaired = "SecretRepaired";  ///< another client had changed it
inline constexpr std::string_view credential_updated = "CredentialUpdated";

// What could not be done.
inline constexpr std::string_view conflict = "Conflict";  ///< a Secret that is not ours has the name
inline constexpr std::string_view quota_exceeded = "QuotaExceeded";
inline constexpr std::string_view forbidden = "Forbidden";
inline constexpr std::string_view invalid = "Invalid";
inline constexpr std::string_view too_many_requests = "TooManyRequests";
inline constexpr std::string_view server_unavailable = "ServerUnavailable";
inline constexpr std::string_view failed = "Failed";

/// Why a Secret is updated from `before` to `desired`. An edit before this process started counts as a
/// repair.
std::string_view of_update(runtime::secret_state const& before, catalog_entry const& desired);

}  // namespace tcr::controller::reason
