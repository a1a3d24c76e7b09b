// SPDX-License-Identifier: Apache-2.0
#pragma once

// Builds requests to the cloud's API, version 3, and parses its answers. Pure.
// https://www.tencentcloud.com/document/product/1051/41100

#include <tcr/net/web_client.hpp>
#include <tcr/registry/cloud_keys.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/error.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::registry
{

/// One call of the API.
struct cloud_action
{
    cloud_action() = default;

    std::string service;  ///< such as "tcr" or "sts"
    std::string version;  ///< such as "2019-09-24"
    std::string action;   ///< such as "CreateInstanceToken"
    std::string region;   ///< such as "ap-guangzhou"; empty: no region is sent
    std::string body;     ///< the parameters as JSON
};

/// The request for a call, signed with `keys`. If `keys` is null, the request is unsigned, as STS expects
/// from callers that have no keys.
net::web_request make_cloud_request(
    net::web_address to, cloud_action const& what, cloud_keys const* keys, std::chrono::sys_seconds when
);

/// Classifies an error code of the API by its prefix. The rest of the code differs between actions and over
/// time.
errc errc_of(std::string_view code);

/// Parses "Sun, 06 Nov 1994 08:49:37 GMT", the format that servers must send (RFC 9110 section 5.6.7).
/// Returns nullopt for other text.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

/// A parsed answer. If `refusal` is not set, `response` has the content.
struct cloud_answer
{
    boost::json::object response;
    std::optional<error> refusal;

    /// Whether the API refused with AuthFailure.TokenFailure, usually because the temporary keys expired.
    bool is_session_over = false;
};

/// Parses an answer. A refusal may come with HTTP 200, and in an older format. The text of `refusal` contains
/// the action, the error code, the API's message and, if there is one, the request id. All `secrets` are
/// removed from the text, because the API may repeat a secret in its message.
cloud_answer read_cloud_answer(
    std::string_view action,
    net::web_response const& answer,
    std::vector<std::string> const& secrets,
    std::chrono::system_clock::time_point now
);

}  // namespace tcr::registry
