#include "dial.hpp"
#include <tcr/net/errc.hpp>
#include <tcr/net/exchange.hpp>
#include <tcr/net/http_client.hpp>
#include <tcr/net/response_parser.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace tcr::net
{

using steady_clock = std::chrono::steady_clock;

struct http_client::connection : dialed
{
    connection(http_client& owner, unsigned made_in)
        : dialed(owner.executor_, owner.limits_), generation(made_in)
    {
    }

    unsigned generation;
    steady_clock::time_point last_used{};
};

namespace
{

/// Counts a request as in flight, from its first byte to the end of its answer.
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

std::string endpoint::authority() const
{
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

http_client::http_client(
    asio::any_io_executor executor,
    std::shared_ptr<asio::ssl::context> tls,
    endpoint server,
    client_options options
)
    : executor_(executor),
      tls_(std::move(tls)),
      server_(std::move(server)),
      authority_(server_.authority()),
      options_(options),
      limits_(executor_),
      batch_(executor_, options_.batch)
{
    if (server_.tls_server_name.empty())
        server_.tls_server_name = server_.host;
}

http_client::~http_client() = default;

error http_client::failure(boost::system::error_code ec, std::string_view doing) const
{
    return dial_failure(ec, doing, "https://" + authority_);
}

task<result<std::unique_ptr<http_client::connection>>> http_client::connect(steady_clock::time_point latest)
{
    auto fresh = std::make_unique<connection>(*this, generation_);
    dial_plan plan;
    plan.host = server_.host;
    plan.port = server_.port;
    plan.url = "https://" + authority_;
    plan.tls = tls_;  // `replace_tls` may be called while we wait
    plan.tls_server_name = server_.tls_server_name;
    plan.verify_server = server_.verify_server;
    plan.batch = &batch_;
    auto const addresses =
        co_await look_up(plan, std::min(latest, steady_clock::now() + options_.look_up_limit));
    if (!addresses)
        co_return addresses.error();
    fresh->limit.set(std::min(latest, steady_clock::now() + options_.connect_limit));
    auto const connected = co_await dial(*fresh, plan, *addresses);
    if (!connected)
        co_return connected.error();
    co_return fresh;
}

/// Skips connections with unread input: it would be taken for the answer to the next request.
std::unique_ptr<http_client::connection> http_client::take_idle()
{
    while (!idle_.empty())
    {
        auto link = std::move(idle_.back());
        idle_.pop_back();
        if (link->stream->is_quiet())
            return link;
    }
    return nullptr;
}

task<result<http_response>> http_client::send(
    http_request const& request, body_sink& sink, time_limits limits
)
{
    auto wire = serialize(request, authority_);
    auto const latest =
        limits.whole.count() > 0 ? steady_clock::now() + limits.whole : steady_clock::time_point::max();
    // Opens no connection for a request that must not be sent.
    if (limits.gate != nullptr && !limits.gate->is_open())
        co_return failure(errc::too_late, "cannot send a request to");
    for (;;)
    {
        auto link = take_idle();
        bool const reused = link != nullptr;
        if (!reused)
        {
            auto fresh = co_await connect(latest);
            if (!fresh)
                co_return fresh.error();
            link = std::move(*fresh);
        }

        if (limits.gate != nullptr && !limits.gate->is_open())
            co_return failure(errc::too_late, "cannot send a request to");
        http_response response;
        response_parser parser(response, sink);
        auto before_wait = [&]
        {
            auto next = latest;
            if (limits.idle.count() > 0)
                next = std::min(next, steady_clock::now() + limits.idle);
            link->limit.set(next);
        };
        // Watches are excluded: no caller waits for their end.
        std::optional<counted_request> counted;
        if (limits.idle.count() == 0)
            counted.emplace(batch_.coalescer());
        auto end = co_await exchange(*link->stream, link->buffer, wire, parser, before_wait);
        counted.reset();
        if (end.ec)
        {
            // If one connection timed out, the pooled ones have probably lost the server, too.
            if (link->timed_out)
                idle_.clear();
            bool const stale =
                reused && !end.answered && !link->timed_out && end.ec != asio::error::operation_aborted;
            if (stale)
                continue;
            co_return failure(end.ec, "no complete response from");
        }
        if (end.reusable && idle_.size() < options_.max_idle && link->generation == generation_)
        {
            link->limit.set(deadline::never);
            link->last_used = steady_clock::now();
            idle_.push_back(std::move(link));
        }
        co_return response;
    }
}

void http_client::close_idle(steady_clock::duration age)
{
    auto const oldest = steady_clock::now() - age;
    std::erase_if(idle_, [&](auto const& link) { return link->last_used < oldest; });
}

void http_client::replace_tls(std::shared_ptr<asio::ssl::context> tls)
{
    tls_ = std::move(tls);
    ++generation_;
    idle_.clear();
}

}  // namespace tcr::net
