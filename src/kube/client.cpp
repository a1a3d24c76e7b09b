#include <tcr/kube/client.hpp>
#include <tcr/net/errc.hpp>

namespace tcr::kube
{
namespace
{

using steady_clock = std::chrono::steady_clock;

class string_sink final : public net::body_sink
{
public:
    boost::system::error_code on_body(std::string_view piece) override
    {
        if (text.size() + piece.size() > most_bytes)
            return net::errc::body_too_large;
        text.append(piece);
        return {};
    }

    static constexpr std::size_t most_bytes = 4 * 1024 * 1024;
    std::string text;
};

error with_context(error failure, std::string_view doing)
{
    failure.detail = std::string(doing) + ": " + failure.message();
    return failure;
}

}  // namespace

result<std::unique_ptr<client>> client::make(
    asio::any_io_executor executor, cluster_config config, client_options options
)
{
    auto tls = net::make_client_context(config.tls);
    if (!tls)
        return error(tls.error().code, config.source + ": " + tls.error().message());
    return std::unique_ptr<client>(new client(executor, *tls, std::move(config), std::move(options)));
}

client::client(
    asio::any_io_executor executor,
    std::shared_ptr<asio::ssl::context> tls,
    cluster_config config,
    client_options options
)
    : config_(std::move(config)),
      options_(std::move(options)),
      token_(config_),
      pace_(options_.qps, options_.burst),
      http_(executor, std::move(tls), config_.server)
{
}

task<result<void>> client::send(
    net::http_request request, net::body_sink& sink, net::time_limits limits, std::string_view doing
)
{
    auto const own_headers = request.headers.size();
    for (bool retried = false;; retried = true)
    {
        if (auto wait = pace_.take(steady_clock::now()); wait > steady_clock::duration::zero())
            co_await sleep_for(wait);
        request.headers.resize(own_headers);
        request.headers.append("User-Agent: ").append(options_.user_agent).append("\r\n");
        if (auto const& token = token_.current(steady_clock::now()); !token.empty())
            request.headers.append("Authorization: Bearer ").append(token).append("\r\n");

        auto response = co_await http_.send(request, sink, limits);
        ++answers_[{request.method, response ? response->status : 0}];
        if (!response)
            co_return with_context(response.error(), doing);
        if (response->ok())
            co_return result<void>();
        if (response->status == 401 && !retried && token_.refresh(steady_clock::now()))
            continue;
        co_return to_error(*response, doing);
    }
}

task<result<std::string>> client::fetch(net::http_request request, std::string_view doing)
{
    return fetch(std::move(request), doing, net::time_limits());
}

task<result<std::string>> client::fetch(
    net::http_request request, std::string_view doing, net::time_limits limits
)
{
    string_sink sink;
    auto sent = co_await send(std::move(request), sink, limits, doing);
    if (!sent)
        co_return sent.error();
    co_return std::move(sink.text);
}

}  // namespace tcr::kube
