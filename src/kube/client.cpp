// SPDX-License-Identifier: Apache-2.0
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
        if (text.size() + piece.size() > max_bytes)
            return net::errc::body_too_large;
        text.append(piece);
        return {};
    }

    static constexpr std::size_t max_bytes = 4 * 1024 * 1024;
    std::string text;
};

}  // namespace

result<std::unique_ptr<client>> client::make(
    asio::any_io_executor executor,
    cluster_config config,
    client_options options,
    std::optional<config_source> source
)
{
    identity::loader load;
    if (source)
        load = [source = std::move(*source)] { return load_config(source); };
    auto made = identity::make(executor, std::move(config), std::move(load), options.identity);
    if (!made)
        return made.error();
    return std::unique_ptr<client>(new client(executor, std::move(*made), std::move(options)));
}

client::client(asio::any_io_executor executor, std::unique_ptr<identity> own_identity, client_options options)
    : options_(std::move(options)),
      identity_(std::move(own_identity)),
      rate_limit_(options_.qps, options_.burst),
      tls_(identity_->tls()),
      http_(executor, tls_, identity_->config().server, {.coalescing = options_.coalescing}),
      server_(options_.max_gap)
{
}

void client::use_current_identity()
{
    if (auto const& proxy = identity_->config().server.proxy)
        http_.set_proxy_login(proxy->authorization);
    if (tls_ == identity_->tls())
        return;
    tls_ = identity_->tls();
    http_.replace_tls(tls_);
}

/// Tries to renew the identity if the server answered 401 or if the server's certificate does not verify.
/// `used` is the generation of the identity that the request had. \return whether to repeat the request: the
/// request failed in one of these two ways, and the identity's generation no longer equals `used`.
task<bool> client::renew_identity(result<net::http_response> const& response, std::uint64_t used)
{
    if (response && response->status == 401)
    {
        bool const is_renewed = co_await identity_->renew(used);
        co_return is_renewed;
    }
    if (response || response.error().code != net::errc::untrusted_server)
        co_return false;
    if (identity_->generation() == used)
        identity_->read_on_demand(steady_clock::now());
    co_return identity_->generation() != used;
}

task<result<void>> client::send(
    net::http_request request, net::body_sink& sink, net::time_limits limits, std::string_view prefix
)
{
    if (auto wait = rate_limit_.take(steady_clock::now()); wait > steady_clock::duration::zero())
        co_await sleep_for(wait);
    auto sent = co_await send_unthrottled(std::move(request), sink, limits, prefix);
    co_return sent;
}

task<result<void>> client::send_unthrottled(
    net::http_request request, net::body_sink& sink, net::time_limits limits, std::string_view prefix
)
{
    auto const own_headers = request.headers.size();
    for (bool retried = false;; retried = true)
    {
        if (identity_->lacks_credential(std::chrono::system_clock::now()))
        {
            auto obtained = co_await identity_->obtain();
            if (!obtained)
                co_return obtained.error().with_prefix(prefix);
        }
        use_current_identity();
        auto const used = identity_->generation();
        request.headers.resize(own_headers);
        request.headers.append("User-Agent: ").append(options_.user_agent).append("\r\n");
        if (auto const& token = identity_->token(); !token.empty())
            request.headers.append("Authorization: Bearer ").append(token).append("\r\n");

        auto response = co_await http_.send(request, sink, limits);
        if (response || response.error().code != net::errc::gate_closed)
            ++answers_[{request.method, response ? response->status : 0}];
        if (response && response->status < 500 && response->status != 429)
            server_.answered(steady_clock::now());
        if (response && response->ok())
            co_return result<void>();
        bool const is_renewed = !retried && co_await renew_identity(response, used);
        if (is_renewed)
            continue;
        if (!response)
            co_return response.error().with_prefix(prefix);
        co_return to_error(*response, prefix);
    }
}

task<result<std::string>> client::fetch(
    net::http_request request, std::string_view prefix, net::time_limits limits
)
{
    string_sink sink;
    auto sent = co_await send(std::move(request), sink, limits, prefix);
    if (!sent)
        co_return sent.error();
    co_return std::move(sink.text);
}

task<result<std::string>> client::fetch_unthrottled(
    net::http_request request, std::string_view prefix, net::time_limits limits
)
{
    string_sink sink;
    auto sent = co_await send_unthrottled(std::move(request), sink, limits, prefix);
    if (!sent)
        co_return sent.error();
    co_return std::move(sink.text);
}

task<result<void>> client::list(
    resource const& type, selection const& which, object_reader& reader, std::string_view prefix
)
{
    list_decoder page(reader);
    std::string token;
    do
    {
        page.begin_page();
        auto request = list_request(type, which, list_page_size, token);
        net::time_limits limits;
        auto sent = co_await send(std::move(request), page, limits, prefix);
        if (!sent)
            co_return sent;
        if (!page.page_complete())
            co_return error(errc::bad_answer, std::string(prefix) + ": the answer is not a complete list");
        token = page.continue_token();
    } while (!token.empty());
    co_return result<void>();
}

}  // namespace tcr::kube
