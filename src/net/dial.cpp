// SPDX-License-Identifier: Apache-2.0
#include "dial.hpp"

#include "tunnel.hpp"
#include <tcr/net/host_port.hpp>
#include <tcr/net/resolve.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/this_coro.hpp>

#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <utility>

namespace tcr::net
{
namespace
{

using tcp = asio::ip::tcp;

/// Makes OpenSSL check that the certificate contains the server's name (RFC 9110 section 4.3.4).
/// SSL_get_verify_result reports a mismatch. An IP address must be in the certificate as an address, not as a
/// DNS name (section 4.3.5).
void require_server_name(SSL* ssl, std::string const& name)
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

/// Makes the kernel detect within a minute that the peer's machine is dead, even if neither side sends data,
/// as on a watch without events. If sent data is not acknowledged within 5 s, the kernel ends the connection
/// (TCP_USER_TIMEOUT in tcp(7)). By default, a leader that cannot renew its lease stops writing at least 5 s
/// before the next leader starts. So the kernel resends no write of the old leader after that start.
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

/// The peer of the TCP connection, for error messages.
std::string first_hop(dial_plan const& plan)
{
    return plan.proxy ? "proxy " + plan.proxy->authority() + " for " + plan.url : plan.url;
}

error tunnel_failure(tunnel_end const& end, dial_plan const& plan)
{
    constexpr unsigned proxy_authentication_required = 407;
    if (end.ec != errc::proxy_refused)
        return dial_failure(end.ec, "no usable answer from", first_hop(plan));
    std::string const remedy = end.status == proxy_authentication_required
                                   ? "; correct the user name and password in the URL of the proxy"
                                   : "";
    return error(
        end.ec,
        "proxy " + plan.proxy->authority() + " refuses to connect to " + plan.url + ": HTTP " +
            std::to_string(end.status) + remedy
    );
}

}  // namespace

std::string dial_plan::route() const
{
    return proxy ? url + " through proxy " + proxy->authority() : url;
}

void client_connection::give_up()
{
    timed_out = true;
    boost::system::error_code ignored;
    if (stream)
        stream->abandon(errc::timed_out);
    else
        socket.close(ignored);
}

error dial_failure(boost::system::error_code ec, std::string_view doing, std::string_view to)
{
    return error(ec, std::string(doing) + " " + std::string(to) + ": " + ec.message());
}

task<result<std::vector<tcp::endpoint>>> look_up(
    dial_plan const& plan, std::chrono::steady_clock::time_point deadline
)
{
    std::vector<tcp::endpoint> found;
    auto const& host = plan.proxy ? plan.proxy->host : plan.host;
    auto const& port = plan.proxy ? plan.proxy->port : plan.port;
    boost::system::error_code not_an_address;
    auto address = asio::ip::make_address(host, not_an_address);
    if (!not_an_address)
    {
        found.emplace_back(address, static_cast<unsigned short>(std::stoul(port)));
        co_return found;
    }
    auto answer = co_await resolve(host, port, deadline);
    if (!answer)
        co_return dial_failure(answer.error().code, "cannot find the address of", first_hop(plan));
    co_return answer;
}

task<result<void>> dial(
    client_connection& fresh, dial_plan const& plan, std::vector<tcp::endpoint> const& addresses
)
{
    auto [connect_ec, reached] = co_await asio::async_connect(fresh.socket, addresses, use_tuple);
    if (fresh.timed_out)
        connect_ec = errc::timed_out;
    if (connect_ec)
        co_return dial_failure(connect_ec, "cannot connect to", first_hop(plan));
    boost::system::error_code ignored;
    fresh.socket.set_option(tcp::no_delay(true), ignored);
    // Makes each close a reset, so that the kernel discards the unsent rest of an abandoned request. A close
    // between two requests discards nothing, because no data is unsent then.
    fresh.socket.set_option(asio::socket_base::linger(true, 0), ignored);
    notice_dead_peer(fresh.socket);
    if (plan.proxy)
    {
        auto const authority = bracketed(plan.host) + ":" + plan.port;
        auto tunnel = co_await open_tunnel(fresh.socket, fresh.buffer, *plan.proxy, authority);
        if (fresh.timed_out)
            tunnel.ec = errc::timed_out;
        if (tunnel.ec)
            co_return tunnel_failure(tunnel, plan);
    }
    if (!plan.tls)
        co_return result<void>();

    auto& stream =
        fresh.stream.emplace(std::move(fresh.socket), *plan.tls, tls_stream::side::client, plan.batch);
    auto* ssl = stream.native_handle();
    if (plan.verify_server)
        require_server_name(ssl, plan.tls_server_name);
    auto [tls_ec] = co_await stream.async_handshake(use_tuple);
    if (!tls_ec)
        co_return result<void>();
    auto const verified = SSL_get_verify_result(ssl);
    if (plan.verify_server && verified != X509_V_OK)
        co_return error(
            errc::untrusted_server,
            "the certificate of " + plan.route() +
                " cannot be trusted: " + X509_verify_cert_error_string(verified)
        );
    co_return dial_failure(tls_ec, "TLS handshake failed with", plan.route());
}

}  // namespace tcr::net
