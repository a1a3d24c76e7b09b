// SPDX-License-Identifier: Apache-2.0
#pragma once

// Keys that sign requests to the cloud's API.

#include <chrono>
#include <optional>
#include <string>

namespace tcr::registry
{

/// Keys that sign requests to the cloud's API. Never logged.
struct cloud_keys
{
    std::string secret_id;
    std::string secret_key;
    std::string token;  ///< only for temporary keys; otherwise empty

    /// When temporary keys expire; nullopt for permanent keys and if the time is unknown.
    std::optional<std::chrono::system_clock::time_point> expires_at;
};

}  // namespace tcr::registry
