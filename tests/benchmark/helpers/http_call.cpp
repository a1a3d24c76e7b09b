// SPDX-License-Identifier: Apache-2.0
#include "http_call.hpp"

#include <stdexcept>
#include <utility>

namespace tcr::benchmark
{

task<http_answer> ask(net::http_client& client, net::http_request request)
{
    body_text body;
    net::time_limits limits;
    auto response = co_await client.send(request, body, limits);
    http_answer answer;
    if (!response)
    {
        answer.body = response.error().message();
        co_return answer;
    }
    answer.status = response->status;
    answer.body = response->ok() ? std::move(body.text) : std::move(response->error_body);
    co_return answer;
}

std::unique_ptr<net::http_client> make_keep_alive_client(
    asio::any_io_executor executor, net::endpoint server, net::tls_identity const& identity
)
{
    auto context = net::make_client_context(identity);
    if (!context)
        throw std::runtime_error(context.error().message());
    net::client_options options;
    options.max_idle = 250;                 // the connection limit of the webhooks' server
    options.coalescing.is_allowed = false;  // coalescing would delay answers
    return std::make_unique<net::http_client>(executor, *context, std::move(server), options);
}

}  // namespace tcr::benchmark
