// SPDX-License-Identifier: Apache-2.0
#include "dial.hpp"
#include "exchange.hpp"
#include "web_parser.hpp"
#include <tcr/net/host_port.hpp>
#include <tcr/net/web_client.hpp>

#include <boost/asio/socket_base.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <openssl/ssl.h>

#include <algorithm>

namespace tcr::net
{
namespace
{

using steady_clock = std::chrono::steady_clock;

std::string_view own_port(bool is_tls)
{
    return is_tls ? "443" : "80";
}

/// Whether `host` contains only characters of a lower-case DNS name, or of an IP address without brackets.
/// `host` is already percent-decoded, so it may contain characters that are not allowed in a header line.
bool is_host(std::string_view host)
{
    return !host.empty() && host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_:") == host.npos;
}

/// Returns why the client cannot request the URL; empty if it can.
std::string problem(boost::urls::url_view const& url)
{
    auto const scheme = ascii_lower(url.scheme());
    if (scheme != "https" && scheme != "http")
        return "starts with neither https:// nor http://";
    if (url.has_userinfo())
        return "must not contain a user name or password";
    if (url.has_fragment())
        return "must not contain '#'";
    if (!is_host(ascii_lower(url.host_address())))
        return "has no usable host";
    auto const port = url.port();
    auto const number = parse_u64(port);
    // Boost.URL 1.81 parses "h:x/y" as the host "h", an empty port and the path "x/y". Boost.URL 1.83 rejects
    // this text.
    bool const is_cut = !url.encoded_path().empty() && !url.encoded_path().starts_with('/');
    if (is_cut || (!port.empty() && (!number || *number == 0 || *number > 65'535)))
        return "has a port that is not a number from 1 to 65535";
    return {};
}

/// Whether a text may be part of a header line: it contains no control character except tab (RFC 9110 section
/// 5.5).
bool is_one_line(std::string_view text)
{
    return std::none_of(
        text.begin(),
        text.end(),
        [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }
    );
}

result<dial_plan> plan_for(
    web_address const& to, std::shared_ptr<asio::ssl::context> const& tls, proxy_settings const& proxies
)
{
    dial_plan plan;
    plan.host = to.host;
    plan.port = to.port;
    plan.url = (to.is_tls ? "https://" : "http://") + to.authority();
    if (to.is_tls)
    {
        auto proxy = proxies.for_server(to.host, to.port);
        if (!proxy)
            return proxy.error().with_prefix("cannot connect to " + plan.url);
        plan.proxy = std::move(*proxy);
        plan.tls = tls;
        plan.tls_server_name = to.host;
        plan.verify_server = SSL_CTX_get_verify_mode(tls->native_handle()) != SSL_VERIFY_NONE;
    }
    return plan;
}

/// Turns off the reset on close that `dial` has set. With TLS, also ends the output (close_notify).
void close_gracefully(client_connection& link)
{
    boost::system::error_code ignored;
    auto& socket = link.stream ? link.stream->next_layer() : link.socket;
    socket.set_option(asio::socket_base::linger(false, 0), ignored);
    if (link.stream)
        link.stream->end_output();
}

}  // namespace

std::string web_address::authority() const
{
    auto text = bracketed(host);
    if (port != own_port(is_tls))
        text.append(":").append(port);
    return text;
}

result<web_address> parse_web_address(std::string_view text)
{
    auto const url = boost::urls::parse_uri(text);
    auto const why =
        url ? problem(*url) : std::string("is not a URL; write https://HOST/ or https://HOST:PORT/");
    if (!why.empty())
    {
        // The text before an '@' may be a password.
        auto const shown = text.find('@') == std::string_view::npos ? "'" + printable(text, 200) + "'"
                                                                    : std::string("the URL");
        return invalid_argument(shown + " " + why);
    }
    web_address address;
    address.is_tls = ascii_lower(url->scheme()) == "https";
    address.host = ascii_lower(url->host_address());
    address.port = url->port().empty() ? std::string(own_port(address.is_tls)) : std::string(url->port());
    address.target = std::string(url->encoded_target());
    if (!address.target.starts_with('/'))
        address.target.insert(0, "/");
    return address;
}

std::string_view web_response::header(std::string_view name) const
{
    for (auto const& [key, value] : headers)
        if (key == name)
            return value;
    return {};
}

result<std::string> serialize(web_request const& request, std::string_view user_agent)
{
    std::string wire;
    wire.reserve(512 + request.to.target.size() + request.body.size());
    wire.append(request.method).append(" ").append(request.to.target).append(" HTTP/1.1\r\nHost: ");
    wire.append(request.to.authority()).append("\r\nUser-Agent: ").append(user_agent).append("\r\n");
    for (auto const& [name, value] : request.headers)
    {
        if (!is_one_line(name) || !is_one_line(value))
            return invalid_argument(
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
    auto const planned = plan_for(request.to, tls_, options_.proxies);
    if (!planned)
        co_return planned.error();
    auto const& plan = *planned;
    client_connection link(executor_, std::make_shared<deadlines>(executor_));
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
        co_return dial_failure(end.ec, "no complete response from", plan.route());
    link.limit.set(deadline::never);
    close_gracefully(link);
    co_return response;
}

}  // namespace tcr::net
