// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reasons in the statuses and Events of ImagePullSecrets. Users filter by these words.

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <string_view>

namespace tcr::controller::reason
{

// Successful writes, and references that stay.
inline constexpr std::string_view secret_created = "SecretCreated";
inline constexpr std::string_view secret_adopted = "SecretAdopted";    ///< the Secret had no owner
inline constexpr std::string_view secret_repaired = "SecretRepaired";  ///< another client changed the Secret
inline constexpr std::string_view credential_updated = "CredentialUpdated";
inline constexpr std::string_view reference_kept = "ReferenceKept";  ///< another client restored a reference

// Failures.
inline constexpr std::string_view conflict = "Conflict";      ///< a foreign Secret has the name that we need
inline constexpr std::string_view contention = "Contention";  ///< another client undoes each repair
inline constexpr std::string_view quota_exceeded = "QuotaExceeded";
inline constexpr std::string_view forbidden = "Forbidden";
inline constexpr std::string_view invalid = "Invalid";
inline constexpr std::string_view too_many_requests = "TooManyRequests";
inline constexpr std::string_view server_unavailable = "ServerUnavailable";
inline constexpr std::string_view failed = "Failed";

/// Why a Secret is updated from `before` to `desired`. Also returns `secret_repaired` for a credential that
/// changed before this process started, because the former fingerprints are then unknown.
std::string_view of_update(runtime::secret_state const& before, catalog_entry const& desired);

/// For a run that drift caused (`runtime::cause::drift`): whether a write of a Secret undoes a change of
/// another client.
/// \param why the reason of the write; empty if no Secret was created or updated. The result is then false.
bool is_repair(std::string_view why);

}  // namespace tcr::controller::reason
