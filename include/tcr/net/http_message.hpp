// SPDX-License-Identifier: Apache-2.0
#pragma once

// Requests and responses of `http_client`.

#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tcr::net
{

/// One HTTP/1.1 request. It is sent unchecked, so method, target and header values must not contain CR or LF.
struct http_request
{
    std::string method;        ///< "GET", "POST", …
    std::string target;        ///< path and query, percent-encoded
    std::string headers;       ///< lines other than Host, Content-Type and Content-Length, each with "\r\n"
    std::string content_type;  ///< empty if there is no body
    std::string body;
};

/// An HTTP response. A `body_sink` receives the body of a 2xx response.
struct http_response
{
    unsigned status = 0;

    /// Retry-After in seconds (RFC 9110 section 10.2.3). nullopt if it is missing, is not a number (such as a
    /// date), or is at least one day. Kubernetes sends no dates.
    std::optional<std::chrono::seconds> retry_after;

    /// The body of a response that is not 2xx, up to `max_error_body` bytes.
    std::string error_body;

    bool ok() const { return status >= 200 && status < 300; }

    static constexpr std::size_t max_error_body = 64 * 1024;
};

/// Receives the body of a 2xx response in pieces of any size, as they arrive.
class body_sink
{
public:
    /// Takes the next piece. A returned error ends the exchange, and `send` also returns this error.
    virtual boost::system::error_code on_body(std::string_view piece) = 0;

protected:
    ~body_sink() = default;
};

/// Returns the request in the format of HTTP/1.1 (RFC 9112 section 3). `host` is the value of the Host
/// header. `base_path` precedes the request's target.
std::string serialize(http_request const& request, std::string_view host, std::string_view base_path = {});

}  // namespace tcr::net
