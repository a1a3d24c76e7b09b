// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/http_message.hpp>

namespace tcr::net
{

std::string serialize(http_request const& request, std::string_view host, std::string_view base_path)
{
    std::string wire;
    wire.reserve(256 + request.target.size() + request.headers.size() + request.body.size());
    wire.append(request.method).append(" ").append(base_path).append(request.target);
    wire.append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n").append(request.headers);
    if (!request.content_type.empty())
        wire.append("Content-Type: ").append(request.content_type).append("\r\n");
    if (!request.body.empty() || !request.content_type.empty())
        wire.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    wire.append("\r\n").append(request.body);
    return wire;
}

}  // namespace tcr::net
