#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/error.hpp>

#include <string_view>

// The reasons that the statuses and the Events of ImagePullSecrets give: people filter by them.
namespace tcr::controller::reason
{

// What was done.
inline constexpr std::string_view secret_created = "SecretCreated";
inline constexpr std::string_view secret_adopted = "SecretAdopted";  ///< the original software's is ours now
inline constexpr std::string_view secret_repaired = "SecretRepaired";  ///< somebody else had changed it
inline constexpr std::string_view credential_updated = "CredentialUpdated";

// What could not be done.
inline constexpr std::string_view conflict = "Conflict";  ///< a Secret that is not ours has the name
inline constexpr std::string_view quota_exceeded = "QuotaExceeded";
inline constexpr std::string_view forbidden = "Forbidden";
inline constexpr std::string_view invalid = "Invalid";
inline constexpr std::string_view too_many_requests = "TooManyRequests";
inline constexpr std::string_view server_unavailable = "ServerUnavailable";
inline constexpr std::string_view failed = "Failed";

/// Why a request of ours failed.
std::string_view of_failure(error const& failure);

/// Why a Secret that was `before` is updated to what `wanted` says. After a start an edit that nobody saw is
/// told as a repair.
std::string_view of_update(runtime::secret_state const& before, catalog_entry const& wanted);

}  // namespace tcr::controller::reason
