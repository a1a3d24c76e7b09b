#include "dial.hpp"
#include "web_parser.hpp"
#include <tcr/net/exchange.hpp>
#include <tcr/net/web_client.hpp>

#include <boost/asio/socket_base.hpp>

#include <openssl/ssl.h>

#include <algorithm>

namespace tcr::net
{
namespace
{

using steady_clock = std::chrono::steady_clock;

/// Whether a text may stand in a header line: no character of it ends the line (RFC 9110 section 5.5).
bool is_one_line(std::string_view text)
{
    return std::none_of(
        text.begin(),
        text.end(),
        [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }
    );
}

dial_plan plan_for(web_address const& to, std::shared_ptr<asio::ssl::context> const& tls)
{
    dial_plan plan;
    plan.host = to.host;
    plan.port = to.port;
    plan.url = (to.is_tls ? "https://" : "http://") + to.authority();
    if (to.is_tls)
    {
        plan.tls = tls;
        plan.tls_server_name = to.host;
        plan.verify_server = SSL_CTX_get_verify_mode(tls->native_handle()) != SSL_VERIFY_NONE;
    }
    return plan;
}

/// Closes without the reset that `dial` has set up. The server closes the rest.
void part(dialed& link)
{
    boost::system::error_code ignored;
    auto& socket = link.stream ? link.stream->next_layer() : link.socket;
    socket.set_option(asio::socket_base::linger(false, 0), ignored);
    if (link.stream)
        link.stream->end_output();
}

}  // namespace

result<std::string> serialize(web_request const& request, std::string_view user_agent)
{
    std::string wire;
    wire.reserve(512 + request.to.target.size() + request.body.size());
    wire.append(request.method).append(" ").append(request.to.target).append(" HTTP/1.1\r\nHost: ");
    wire.append(request.to.authority()).append("\r\nUser-Agent: ").append(user_agent).append("\r\n");
    for (auto const& [name, value] : request.headers)
    {
        if (!is_one_line(name) || !is_one_line(value))
            return error(
                boost::system::errc::make_error_code(boost::system::errc::invalid_argument),
                "cannot send header " + printable(name, 60) + ": it contains a control character"
            );
        wire.append(name).append(": ").append(value).append("\r\n");
    }
    if (request.method != "GET" || !request.body.empty())
        wire.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    wire.append("Connection: close\r\n\r\n").append(request.body);
    return wire;
}

web_client::web_client(
    asio::any_io_executor executor, std::shared_ptr<asio::ssl::context> tls, web_options options
)
    : executor_(executor), tls_(std::move(tls)), options_(std::move(options))
{
}

task<result<web_response>> web_client::send(web_request request)
{
    auto const wire = serialize(request, options_.user_agent);
    if (!wire)
        co_return wire.error();
    if (request.to.is_tls && !tls_)
        co_return error(errc::bad_credentials, "cannot send an https request without a TLS context");
    auto const plan = plan_for(request.to, tls_);
    deadlines limits(executor_);
    dialed link(executor_, limits);
    auto const limit = request.limit.count() > 0 ? std::min(request.limit, options_.limit) : options_.limit;
    auto const latest = steady_clock::now() + limit;
    auto const addresses = co_await look_up(plan, latest);
    if (!addresses)
        co_return addresses.error();
    link.limit.set(latest);
    auto const connected = co_await dial(link, plan, *addresses);
    if (!connected)
        co_return connected.error();

    web_response response;
    web_parser parser(response, options_.max_headers, options_.max_body);
    auto before_wait = [] {};  // `latest` already limits the whole exchange
    exchange_end end;
    if (link.stream)
        end = co_await exchange(*link.stream, link.buffer, *wire, parser, before_wait);
    else
        end = co_await exchange(link.socket, link.buffer, *wire, parser, before_wait);
    if (end.ec && link.timed_out)
        end.ec = errc::timed_out;
    else if (end.ec == errc::bad_response && link.buffer.space().size() == 0)
        end.ec = errc::body_too_large;  // a header line that is longer than the buffer
    if (end.ec)
        co_return dial_failure(end.ec, "no complete response from", plan.url);
    link.limit.set(deadline::never);
    part(link);
    co_return response;
}

}  // namespace tcr::net
