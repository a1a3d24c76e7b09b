#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace tcr::registry
{

/// What signs a request to the cloud's API. Never logged.
struct cloud_keys
{
    std::string secret_id;
    std::string secret_key;
    std::string token;  ///< of temporary keys; else empty

    /// When temporary keys end.
    std::optional<std::chrono::system_clock::time_point> expires_at;
};

}  // namespace tcr::registry
