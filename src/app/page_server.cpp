#include "page_server.hpp"

#include <utility>

namespace tcr::app
{

result<std::unique_ptr<net::http_server>> serve_pages(
    asio::any_io_executor executor,
    std::string const& address,
    std::string_view option,
    net::http_router pages,
    logger& log
)
{
    auto const where = net::parse_bind_address(address);
    if (!where)
        return error(where.error().code, std::string(option) + ": " + where.error().message());
    if (!*where)
        return std::unique_ptr<net::http_server>();
    auto server = net::http_server::listen(executor, **where, std::move(pages), log);
    if (!server)
        return error(server.error().code, std::string(option) + ": " + server.error().message());
    return server;
}

net::server_response health_page(
    std::string_view name, std::vector<health_check> const& checks, net::server_request const& request
)
{
    bool const is_verbose = request.query == "verbose" || request.query.starts_with("verbose=");
    net::server_response page;
    page.status = is_well(checks) ? 200 : 500;
    page.body = health_text(name, checks, is_verbose);
    return page;
}

}  // namespace tcr::app
