#pragma once

#include "health.hpp"
#include <tcr/log/logger.hpp>
#include <tcr/net/http_server.hpp>
#include <tcr/util/error.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::app
{

/// Listens on the address of an option; returns null for "0". Messages begin with `option`.
/// \par Errors an address that is malformed or cannot be bound. \par Lifetimes `log` must outlive the server.
result<std::unique_ptr<net::http_server>> serve_pages(
    asio::any_io_executor executor,
    std::string const& address,
    std::string_view option,
    net::http_router pages,
    logger& log
);

/// The answer to a probe; the query "verbose" requests one line per check.
net::server_response health_page(
    std::string_view name, std::vector<health_check> const& checks, net::server_request const& request
);

}  // namespace tcr::app
