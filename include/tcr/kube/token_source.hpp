#pragma once

#include <tcr/kube/config.hpp>

#include <chrono>
#include <filesystem>
#include <string>

namespace tcr::kube
{

/// The bearer token to send now. A token file is read again every minute and on demand, because kubelet
/// replaces it before the token expires; when it cannot be read, the last good token stays in use.
class token_source
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit token_source(cluster_config const& config);

    /// The token, or empty where a client certificate is the identity.
    std::string const& current(time_point now);

    /// Reads the file again at once (after a 401). \return whether the token is another one now.
    bool refresh(time_point now);

private:
    std::filesystem::path file_;
    std::string token_;
    time_point read_at_{};
};

}  // namespace tcr::kube
