// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/net/http_handler.hpp>
#include <tcr/registry/cloud_keys.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tcr::test
{

/// The reason why the fake refuses a call: an error code and a message of the real API.
struct refusal
{
    std::string code;
    std::string message;
};

/// The value of the header with this name, which must be in lower case; empty if the header is missing.
std::string_view header_of(net::server_request const& request, std::string_view name);

/// The keys of a fake cloud, and its check of signatures (TC3-HMAC-SHA256).
class key_ring
{
public:
    using time_point = std::chrono::system_clock::time_point;

    void add(registry::cloud_keys keys) { keys_[keys.secret_id] = std::move(keys); }

    /// Creates temporary keys.
    registry::cloud_keys make_session(std::string_view kind, time_point end);

    /// Ends all temporary keys.
    void end_sessions();

    /// Checks the signature and the timestamp of a request, and that temporary keys are still valid.
    /// \return the reason for a refusal, or nullopt if the request is valid
    std::optional<refusal> check(net::server_request const& request, std::string_view service, time_point now)
        const;

private:
    std::map<std::string, registry::cloud_keys, std::less<>> keys_;
    unsigned sessions_ = 0;
};

}  // namespace tcr::test
