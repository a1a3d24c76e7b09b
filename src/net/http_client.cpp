#include <tcr/net/errc.hpp>
#include <tcr/net/exchange.hpp>
#include <tcr/net/http_client.hpp>
#include <tcr/net/response_parser.hpp>
#include <tcr/net/tls_stream.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <netinet/tcp.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <optional>

namespace tcr::net
{

using tcp = asio::ip::tcp;
using steady_clock = std::chrono::steady_clock;

struct http_client::connection
{
    connection(http_client& owner, unsigned made_in)
        : socket(owner.executor_), limit(owner.limits_, [this] { give_up(); }), generation(made_in)
    {
    }

    /// Whatever is under way ends with an error, and `timed_out` tells why.
    void give_up()
    {
        timed_out = true;
        boost::system::error_code ignored;
        if (stream)
            stream->abandon(errc::timed_out);
        else
            socket.close(ignored);
    }

    tcp::socket socket;  ///< until `stream` has it
    std::optional<tls_stream> stream;
    deadline limit;
    read_buffer buffer;
    unsigned generation;
    steady_clock::time_point last_used{};
    bool timed_out = false;
};

namespace
{

/// Lets OpenSSL itself compare the certificate's names, so that its verify result tells what is wrong.
/// RFC 9110 section 4.3.4; an IP address must be in the certificate as an address (section 4.3.5).
void expect_server_name(SSL* ssl, std::string const& name)
{
    boost::system::error_code not_an_address;
    asio::ip::make_address(name, not_an_address);
    if (!not_an_address)
    {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
        return;
    }
    SSL_set1_host(ssl, name.c_str());
    SSL_set_tlsext_host_name(ssl, name.c_str());
}

/// Lets the kernel find out that the peer's machine is gone, where nothing is to be sent, as on a quiet watch:
/// within a minute; and give up what a gone peer has not acknowledged for 5 s (tcp(7)), less than lies between the end
/// of one leadership and the begin of the next.
void notice_dead_peer(tcp::socket& socket)
{
    int const fd = socket.native_handle();
    auto const set = [fd](int level, int name, int value)
    { setsockopt(fd, level, name, &value, sizeof value); };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, 5'000);
}

/// The server's addresses. A literal address needs no resolver, whose helper thread cannot be cancelled.
task<std::pair<boost::system::error_code, std::vector<tcp::endpoint>>> resolve(endpoint const& server)
{
    std::pair<boost::system::error_code, std::vector<tcp::endpoint>> found;
    boost::system::error_code not_an_address;
    auto address = asio::ip::make_address(server.host, not_an_address);
    if (!not_an_address)
    {
        found.second.emplace_back(address, static_cast<unsigned short>(std::stoul(server.port)));
        co_return found;
    }
    tcp::resolver resolver(co_await asio::this_coro::executor);
    auto [ec, entries] = co_await resolver.async_resolve(server.host, server.port, use_tuple);
    found.first = ec;
    for (auto const& entry : entries)
        found.second.push_back(entry.endpoint());
    co_return found;
}

/// A request, from its first byte to the end of its answer.
class counted_request
{
public:
    explicit counted_request(batch_rhythm& rhythm) : rhythm_(rhythm) { rhythm_.begun(steady_clock::now()); }
    ~counted_request() { rhythm_.ended(); }
    counted_request(counted_request const&) = delete;
    counted_request& operator=(counted_request const&) = delete;

private:
    batch_rhythm& rhythm_;
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
    return error(ec, std::string(doing) + " https://" + authority_ + ": " + ec.message());
}

task<result<std::unique_ptr<http_client::connection>>> http_client::connect(steady_clock::time_point latest)
{
    auto fresh = std::make_unique<connection>(*this, generation_);
    // Another one may take its place while we wait.
    auto const context = tls_;
    auto [resolve_ec, addresses] = co_await resolve(server_);
    if (resolve_ec)
        co_return failure(resolve_ec, "cannot find the address of");

    fresh->limit.set(std::min(latest, steady_clock::now() + options_.connect_limit));
    auto [connect_ec, reached] = co_await asio::async_connect(fresh->socket, addresses, use_tuple);
    if (fresh->timed_out)
        connect_ec = errc::timed_out;
    if (connect_ec)
        co_return failure(connect_ec, "cannot connect to");
    boost::system::error_code ignored;
    fresh->socket.set_option(tcp::no_delay(true), ignored);
    // A close is a reset: of a request that was given up, the kernel sends nothing more. Between requests nothing
    // is unsent.
    fresh->socket.set_option(asio::socket_base::linger(true, 0), ignored);
    notice_dead_peer(fresh->socket);

    auto& stream =
        fresh->stream.emplace(std::move(fresh->socket), *context, tls_stream::side::client, &batch_);
    auto* ssl = stream.native_handle();
    if (server_.verify_server)
        expect_server_name(ssl, server_.tls_server_name);
    auto [tls_ec] = co_await stream.async_handshake(use_tuple);
    if (!tls_ec)
        co_return fresh;
    auto verified = SSL_get_verify_result(ssl);
    if (server_.verify_server && verified != X509_V_OK)
        co_return error(
            errc::untrusted_server,
            "the certificate of https://" + authority_ +
                " cannot be trusted: " + X509_verify_cert_error_string(verified)
        );
    co_return failure(tls_ec, "TLS handshake failed with");
}

task<result<http_response>> http_client::send(
    http_request const& request, body_sink& sink, time_limits limits
)
{
    auto wire = serialize(request, authority_);
    auto const latest =
        limits.whole.count() > 0 ? steady_clock::now() + limits.whole : steady_clock::time_point::max();
    // Too late already: no connection need be spent on it.
    if (limits.gate != nullptr && !limits.gate->is_open())
        co_return failure(errc::too_late, "no request to");
    for (;;)
    {
        std::unique_ptr<connection> link;
        bool const reused = !idle_.empty();
        if (reused)
        {
            link = std::move(idle_.back());
            idle_.pop_back();
        }
        else
        {
            auto fresh = co_await connect(latest);
            if (!fresh)
                co_return fresh.error();
            link = std::move(*fresh);
        }

        if (limits.gate != nullptr && !limits.gate->is_open())
            co_return failure(errc::too_late, "no request to");
        http_response response;
        response_parser parser(response, sink);
        auto before_wait = [&]
        {
            auto next = latest;
            if (limits.idle.count() > 0)
                next = std::min(next, steady_clock::now() + limits.idle);
            link->limit.set(next);
        };
        // What streams in has its answer in many pieces, and no end that anybody waits for.
        std::optional<counted_request> counted;
        if (limits.idle.count() == 0)
            counted.emplace(batch_.rhythm());
        auto end = co_await exchange(*link->stream, link->buffer, wire, parser, before_wait);
        counted.reset();
        if (end.ec)
        {
            // Where one connection fell silent, the pooled ones of the same time have probably done so too.
            if (link->timed_out)
                idle_.clear();
            bool const stale =
                reused && !end.answered && !link->timed_out && end.ec != asio::error::operation_aborted;
            if (stale)
                continue;
            co_return failure(end.ec, "no complete answer from");
        }
        if (end.reusable && idle_.size() < options_.most_idle && link->generation == generation_)
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
