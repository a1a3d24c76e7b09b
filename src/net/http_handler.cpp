// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/http_handler.hpp>

#include <boost/beast/http/status.hpp>

#include <utility>

namespace tcr::net
{

server_response plain_response(unsigned status)
{
    auto const words = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
    server_response response;
    response.status = status;
    response.body.append(std::to_string(status)).append(" ").append(words).append("\n");
    return response;
}

void http_router::get(std::string const& path, request_handler handler)
{
    paths_[path]["GET"] = std::move(handler);
}

void http_router::post(std::string const& path, request_handler handler)
{
    paths_[path]["POST"] = std::move(handler);
}

server_answer http_router::operator()(server_request const& request) const
{
    auto const path = paths_.find(request.path);
    if (path == paths_.end())
        return plain_response(404);
    auto const& methods = path->second;
    if (auto const found = methods.find(request.method == "HEAD" ? "GET" : request.method);
        found != methods.end())
        return found->second(request);
    auto refusal = plain_response(405);
    for (auto const& [method, handler] : methods)
        refusal.headers.append(refusal.headers.empty() ? "Allow: " : ", ")
            .append(method == "GET" ? "GET, HEAD" : method);
    refusal.headers.append("\r\n");
    return refusal;
}

}  // namespace tcr::net
