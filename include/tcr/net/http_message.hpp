#pragma once

// Requests and responses of `http_client`.

#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tcr::net
{

/// One HTTP/1.1 request. It is sent unchanged: no method, target or header value may contain CR or LF.
struct http_request
{
    std::string method;        ///< "GET", "POST", …
    std::string target;        ///< path and query, percent-encoded
    std::string headers;       ///< more header lines, each ended by "\r\n"; Host and Content-Length are added
    std::string content_type;  ///< empty without a body
    std::string body;
};

/// An HTTP response without its 2xx body.
struct http_response
{
    unsigned status = 0;

    /// Retry-After in seconds (RFC 9110 section 10.2.3). Ignores the date form: Kubernetes does not send it.
    std::optional<std::chrono::seconds> retry_after;

    /// The body if the status is not 2xx, at most `max_error_body` bytes of it.
    std::string error_body;

    bool ok() const { return status >= 200 && status < 300; }

    static constexpr std::size_t max_error_body = 64 * 1024;
};

/// Takes the body of a 2xx response as its bytes arrive. Pieces have any size.
class body_sink
{
public:
    /// An error ends the exchange, and `send` returns it.
    virtual boost::system::error_code on_body(std::string_view piece) = 0;

protected:
    ~body_sink() = default;
};

/// The request as bytes for the wire (RFC 9112 section 3).
std::string serialize(http_request const& request, std::string_view host);

}  // namespace tcr::net
