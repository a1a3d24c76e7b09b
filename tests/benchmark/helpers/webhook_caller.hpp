// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http_call.hpp"
#include "load.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tcr::benchmark
{

/// The address of the webhooks, and the CA certificates to verify them.
struct webhook_place
{
    unsigned short port = 0;  ///< on 127.0.0.1
    std::string ca_pem;
};

/// Calls the two webhooks directly, as the API server does: over TLS and with keep-alive.
class webhook_caller
{
public:
    /// The names of the namespaces are `prefix` and a number below `namespaces`. `loop` must outlive this
    /// object.
    webhook_caller(
        asio::io_context& loop, webhook_place const& place, std::string prefix, std::size_t namespaces
    );

    /// \return `good` if the webhook allows the account with a patch
    task<outcome> review_account(std::size_t index);

    /// \return `good` if the webhook allows the ImagePullSecret
    task<outcome> review_cr(std::size_t index);

private:
    std::string prefix_;
    std::size_t namespaces_;
    std::unique_ptr<net::http_client> client_;
};

/// Connections to the webhooks that stay open between requests.
class open_connections
{
public:
    /// Opens `count` connections. Throws if a connection cannot be opened.
    open_connections(asio::io_context& loop, webhook_place const& place, std::size_t count);

    /// Sends a review of a ServiceAccount on each connection. Throws if a review is not answered.
    void ask_on_each(std::string const& ns);

private:
    using stream = asio::ssl::stream<boost::beast::tcp_stream>;

    task<void> open(std::size_t index);
    task<void> ask_on(stream& connection, std::string const& wire);
    void on_each(std::function<task<void>(std::size_t)> work);

    asio::io_context& loop_;
    unsigned short port_;
    std::shared_ptr<asio::ssl::context> tls_;
    std::vector<std::unique_ptr<stream>> streams_;
};

}  // namespace tcr::benchmark
