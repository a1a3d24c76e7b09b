// SPDX-License-Identifier: Apache-2.0
#include "http_session.hpp"

#include <boost/beast/http/status.hpp>

namespace tcr::net
{

void end_output(asio::ip::tcp::socket& stream)
{
    boost::system::error_code ignored;
    stream.shutdown(asio::socket_base::shutdown_send, ignored);
}

std::string response_head(server_response const& response, bool keep_alive)
{
    assert(response.status >= 200 && response.status <= 599);
    assert((response.status != 204 && response.status != 304) || response.body.empty());
    auto const words =
        boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
    std::string head;
    head.reserve(160 + response.content_type.size() + response.headers.size());
    head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
    head.append(words).append("\r\n").append(response.headers);
    if (!response.content_type.empty() && !response.body.empty())
        head.append("Content-Type: ").append(response.content_type).append("\r\n");
    // A 204 must not have a Content-Length. In a 304, Content-Length would have to state the body size of a
    // 200 response, and this size is unknown here (RFC 9110 section 8.6).
    if (response.status != 204 && response.status != 304)
        head.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
    head.append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
    return head;
}

}  // namespace tcr::net
