// SPDX-License-Identifier: Apache-2.0
#pragma once

// Opens a tunnel to a server through an HTTP proxy.

#include "exchange.hpp"
#include "message_parser.hpp"
#include <tcr/net/proxy.hpp>

#include <cstddef>
#include <string>

namespace tcr::net
{

/// Parses the answer to CONNECT, up to the end of the headers. After a 2xx status, the following bytes come
/// from the server, even if the headers announce a body (RFC 9110 section 9.3.6). After another status, the
/// client closes the connection.
class connect_message final : public message_parser<false>
{
public:
    /// \par Lifetimes `status` must outlive the parser.
    explicit connect_message(unsigned& status) : status_(status) { skip(true); }

    unsigned status() const { return status_; }

private:
    void on_response_impl(int code, string_view, int, error_code&) override
    {
        status_ = static_cast<unsigned>(code);
    }
    void on_field_impl(field, string_view name, string_view value, error_code& ec) override
    {
        header_bytes_ += name.size() + value.size();
        if (header_bytes_ > max_header_bytes)
            ec = errc::bad_response;
    }
    void take(std::string_view, error_code&) override {}

    static constexpr std::size_t max_header_bytes = 64 * 1024;

    unsigned& status_;
    std::size_t header_bytes_ = 0;
};

using connect_parser = final_response_parser<connect_message, unsigned&>;

/// Returns the CONNECT request for a server. `authority` is the server's "host:port".
inline std::string connect_request(http_proxy const& proxy, std::string const& authority)
{
    auto wire = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority +
                "\r\nUser-Agent: tcr-assistant/" TCR_VERSION "\r\n";
    if (!proxy.authorization.empty())
        wire.append("Proxy-Authorization: ").append(proxy.authorization).append("\r\n");
    return wire.append("\r\n");
}

/// How the opening of a tunnel ended.
struct tunnel_end
{
    boost::system::error_code ec;
    unsigned status = 0;  ///< HTTP status of the proxy's answer, if `ec` is `errc::proxy_refused`
};

/// Asks a proxy for a tunnel. Afterwards the stream carries the bytes of the server. `stream` is a connection
/// to `proxy`; `authority` is the server's "host:port". All arguments must outlive the call. The caller
/// limits the time.
/// \par Errors in `tunnel_end::ec`: `errc::proxy_refused`, or those of `exchange`. \par Cancellation
/// terminal.
template <class Stream>
task<tunnel_end> open_tunnel(
    Stream& stream, read_buffer& buffer, http_proxy const& proxy, std::string const& authority
)
{
    tunnel_end tunnel;
    connect_parser parser(tunnel.status);
    auto const wire = connect_request(proxy, authority);
    auto before_wait = [] {};
    auto const end = co_await exchange(stream, buffer, wire, parser, before_wait);
    tunnel.ec = end.ec;
    if (!end.ec && (tunnel.status < 200 || tunnel.status >= 300))
        tunnel.ec = errc::proxy_refused;
    else if (!end.ec && !buffer.empty())
        tunnel.ec = errc::bad_response;  // unexpected bytes: in TLS, the client sends first
    co_return tunnel;
}

}  // namespace tcr::net
