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
    std::string token;  ///< of temporary keys; otherwise empty

    /// When temporary keys expire.
    std::optional<std::chrono::system_clock::time_point> expires_at;
};

}  // namespace tcr::registry
