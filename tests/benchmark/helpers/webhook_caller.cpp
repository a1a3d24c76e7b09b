// SPDX-License-Identifier: Apache-2.0
#include "webhook_caller.hpp"

#include "exchange.hpp"
#include "response_parser.hpp"
#include "reviews.hpp"
#include <tcr/admission/image_pull_secret_webhook.hpp>
#include <tcr/admission/service_account_webhook.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <stdexcept>
#include <utility>

namespace tcr::benchmark
{
namespace
{

using tcp = asio::ip::tcp;

constexpr char const* host = "127.0.0.1";

/// The DNS name that the API server uses and that the certificate contains.
constexpr char const* server_name = "tcr-assistant-webhook-service.tcr-assistant-system.svc";

net::tls_identity trust_in(webhook_place const& place)
{
    net::tls_identity identity;
    identity.ca_pem = place.ca_pem;
    return identity;
}

net::endpoint endpoint_of(webhook_place const& place)
{
    net::endpoint server;
    server.host = host;
    server.port = std::to_string(place.port);
    server.tls_server_name = server_name;
    return server;
}

net::http_request post(std::string_view path, std::string body)
{
    net::http_request request;
    request.method = "POST";
    request.target = std::string(path) + "?timeout=1s";
    request.headers = "Accept: application/json, */*\r\nUser-Agent: kube-apiserver-admission\r\n";
    request.content_type = "application/json";
    request.body = std::move(body);
    return request;
}

}  // namespace

webhook_caller::webhook_caller(
    asio::io_context& loop, webhook_place const& place, std::string prefix, std::size_t namespaces
)
    : prefix_(std::move(prefix)),
      namespaces_(namespaces),
      client_(make_keep_alive_client(loop.get_executor(), endpoint_of(place), trust_in(place)))
{
}

task<outcome> webhook_caller::review_account(std::size_t index)
{
    auto const ns = prefix_ + std::to_string(index % namespaces_);
    auto request =
        post(admission::service_account_webhook::path, account_review(ns, "new-" + std::to_string(index)));
    auto const answer = co_await ask(*client_, std::move(request));
    bool const is_served = answer.ok() && answer.has("\"allowed\":true") && answer.has("\"patch\":");
    co_return is_served ? outcome::good : outcome::lacking;
}

task<outcome> webhook_caller::review_cr(std::size_t index)
{
    auto request =
        post(admission::image_pull_secret_webhook::path, cr_review("new-" + std::to_string(index)));
    auto const answer = co_await ask(*client_, std::move(request));
    co_return answer.ok() && answer.has("\"allowed\":true") ? outcome::good : outcome::lacking;
}

open_connections::open_connections(asio::io_context& loop, webhook_place const& place, std::size_t count)
    : loop_(loop), port_(place.port), streams_(count)
{
    auto context = net::make_client_context(trust_in(place));
    if (!context)
        throw std::runtime_error(context.error().message());
    tls_ = *context;
    on_each([this](std::size_t index) { return open(index); });
}

/// Runs `work` for one connection after another. Under a CPU limit, concurrent handshakes would exceed the
/// time limit of the server for a handshake.
void open_connections::on_each(std::function<task<void>(std::size_t)> work)
{
    auto all = [this, &work]() -> task<void>
    {
        for (std::size_t index = 0; index < streams_.size(); ++index)
            co_await work(index);
    };
    run_to_end(loop_, all);
}

task<void> open_connections::open(std::size_t index)
{
    auto fresh = std::make_unique<stream>(loop_, *tls_);
    tcp::endpoint const where(asio::ip::make_address(host), port_);
    fresh->next_layer().expires_after(std::chrono::seconds(30));
    co_await fresh->next_layer().async_connect(where, asio::use_awaitable);
    fresh->next_layer().socket().set_option(tcp::no_delay(true));
    SSL_set1_host(fresh->native_handle(), server_name);
    SSL_set_tlsext_host_name(fresh->native_handle(), server_name);
    co_await fresh->async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    fresh->next_layer().expires_never();
    streams_[index] = std::move(fresh);
}

void open_connections::ask_on_each(std::string const& ns)
{
    auto const request = post(admission::service_account_webhook::path, account_review(ns, "new"));
    auto const wire = net::serialize(request, host);
    on_each([this, &wire](std::size_t index) { return ask_on(*streams_[index], wire); });
}

task<void> open_connections::ask_on(stream& connection, std::string const& wire)
{
    net::http_response response;
    body_text body;
    net::response_parser parser(response, body);
    net::read_buffer buffer;
    auto before_wait = [&] { connection.next_layer().expires_after(std::chrono::seconds(30)); };
    auto const end = co_await net::exchange(connection, buffer, wire, parser, before_wait);
    connection.next_layer().expires_never();
    if (end.ec)
        throw std::runtime_error("a review is not answered: " + end.ec.message());
    if (!response.ok() || !end.reusable)
        throw std::runtime_error("a review is answered by " + std::to_string(response.status));
}

}  // namespace tcr::benchmark
