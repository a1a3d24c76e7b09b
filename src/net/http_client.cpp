// SPDX-License-Identifier: Apache-2.0
#include "connection_pool.hpp"
#include "dial.hpp"
#include "response_parser.hpp"
#include <tcr/net/host_port.hpp>
#include <tcr/net/http_client.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace tcr::net
{
namespace
{

using steady_clock = std::chrono::steady_clock;

/// Counts one request as in flight during the lifetime of this object: from the first byte of the request to
/// the end of its answer.
class counted_request
{
public:
    explicit counted_request(read_coalescer& coalescer) : coalescer_(coalescer)
    {
        coalescer_.request_started(steady_clock::now());
    }
    ~counted_request() { coalescer_.request_ended(); }
    counted_request(counted_request const&) = delete;
    counted_request& operator=(counted_request const&) = delete;

private:
    read_coalescer& coalescer_;
};

}  // namespace

struct http_client::state
{
    state(asio::any_io_executor loop, client_options const& how)
        : executor(loop),
          options(how),
          limits(std::make_shared<deadlines>(loop)),
          batch(loop, how.coalescing),
          idle(how.max_idle)
    {
    }

    task<result<std::unique_ptr<client_connection>>> connect(steady_clock::time_point latest);

    asio::any_io_executor executor;
    client_options options;
    dial_plan plan;
    std::string authority;
    std::string base_path;
    std::shared_ptr<deadlines> limits;
    input_batch batch;
    connection_pool<client_connection> idle;
};

std::string endpoint::authority() const
{
    return bracketed(host) + ":" + port;
}

http_client::http_client(
    asio::any_io_executor executor,
    std::shared_ptr<asio::ssl::context> tls,
    endpoint const& server,
    client_options const& options
)
    : state_(std::make_unique<state>(executor, options))
{
    state_->authority = server.authority();
    state_->base_path = server.base_path;
    auto& plan = state_->plan;
    plan.host = server.host;
    plan.port = server.port;
    plan.url = "https://" + state_->authority;
    plan.proxy = server.proxy;
    plan.tls = std::move(tls);
    plan.tls_server_name = server.tls_server_name.empty() ? server.host : server.tls_server_name;
    plan.verify_server = server.verify_server;
    plan.batch = &state_->batch;
}

http_client::~http_client() = default;

task<result<std::unique_ptr<client_connection>>> http_client::state::connect(steady_clock::time_point latest)
{
    auto const current = plan;  // a copy: `replace_tls` and `set_proxy_login` may change `plan` during a wait
    auto fresh = std::make_unique<client_connection>(executor, limits);
    auto const addresses =
        co_await look_up(current, std::min(latest, steady_clock::now() + options.look_up_timeout));
    if (!addresses)
        co_return addresses.error();
    fresh->limit.set(std::min(latest, steady_clock::now() + options.connect_timeout));
    auto const connected = co_await dial(*fresh, current, *addresses);
    if (!connected)
        co_return connected.error();
    co_return fresh;
}

task<result<http_response>> http_client::send(
    http_request const& request, body_sink& sink, time_limits limits
)
{
    auto& idle = state_->idle;
    auto const failure = [this](boost::system::error_code ec, std::string_view doing)
    { return dial_failure(ec, doing, state_->plan.route()); };
    auto const is_gate_closed = [gate = limits.gate] { return gate != nullptr && !gate->is_open(); };
    auto const not_sent = [&failure] { return failure(errc::gate_closed, "cannot send a request to"); };
    auto const wire = serialize(request, state_->authority, state_->base_path);
    auto const latest =
        limits.whole.count() > 0 ? steady_clock::now() + limits.whole : steady_clock::time_point::max();
    // Checks the gate before opening a connection, so that a connection is not opened in vain.
    if (is_gate_closed())
        co_return not_sent();
    for (;;)
    {
        auto const generation = idle.generation();
        auto link = idle.take();
        bool const is_reused = link != nullptr;
        if (!is_reused)
        {
            auto fresh = co_await state_->connect(latest);
            if (!fresh)
                co_return fresh.error();
            link = std::move(*fresh);
        }

        if (is_gate_closed())
            co_return not_sent();
        http_response response;
        response_parser parser(response, sink);
        auto before_wait = [&] { link->limit.set(wait_limit(latest, limits.idle, steady_clock::now())); };
        // Does not count requests with an idle limit: the lists and the watches of `runtime::watcher`.
        std::optional<counted_request> counted;
        if (limits.idle.count() == 0)
            counted.emplace(state_->batch.coalescer());
        auto const end = co_await exchange(*link->stream, link->buffer, wire, parser, before_wait);
        counted.reset();
        if (end.ec)
        {
            // If one connection timed out, the pooled connections probably do not reach the server either.
            if (link->timed_out)
                idle.close_all();
            if (is_sent_again(end, is_reused, link->timed_out))
                continue;
            co_return failure(end.ec, "no complete response from");
        }
        if (end.reusable)
        {
            link->limit.set(deadline::never);
            idle.put(std::move(link), generation, steady_clock::now());
        }
        co_return response;
    }
}

void http_client::close_idle(steady_clock::duration age)
{
    state_->idle.close_unused_since(steady_clock::now() - age);
}

void http_client::replace_tls(std::shared_ptr<asio::ssl::context> tls)
{
    state_->plan.tls = std::move(tls);
    state_->idle.begin_generation();
}

void http_client::set_proxy_login(std::string const& authorization)
{
    if (auto& proxy = state_->plan.proxy)
        proxy->authorization = authorization;
}

}  // namespace tcr::net
