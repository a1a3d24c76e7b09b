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

/// Why the fake refuses a call: code and sentence, as the real API's.
struct refusal
{
    std::string code;
    std::string message;
};

/// The header of that name (small letters) of a request; empty: there is none.
std::string_view header_of(net::server_request const& request, std::string_view name);

/// The keys that a fake of the cloud knows, and its check of signatures (TC3-HMAC-SHA256).
class key_ring
{
public:
    using time_point = std::chrono::system_clock::time_point;

    void add(registry::cloud_keys keys) { keys_[keys.secret_id] = std::move(keys); }

    /// Makes temporary keys.
    registry::cloud_keys make_session(std::string_view kind, time_point end);

    /// Ends all temporary keys.
    void end_sessions();

    /// Checks signature, time, and temporary keys. \return why it is refused, or nothing.
    std::optional<refusal> check(net::server_request const& request, std::string_view service, time_point now)
        const;

private:
    std::map<std::string, registry::cloud_keys, std::less<>> keys_;
    unsigned sessions_ = 0;
};

}  // namespace tcr::test
