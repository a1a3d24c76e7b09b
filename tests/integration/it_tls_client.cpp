// SPDX-License-Identifier: Apache-2.0

// TLS connections of a client that reads all its connections in common intervals, on real sockets. The tests
// cover reactions to an API server at critical times.

#include "tls_stream.hpp"
#include <tcr/net/certificate.hpp>
#include <tcr/net/http_client.hpp>
#include <tcr/net/tls.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace
{

namespace asio = boost::asio;
namespace net = tcr::net;
using asio::ip::tcp;
using boost::system::error_code;
using net::tls_stream;
using steady_clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// A read and its result.
struct reading
{
    std::array<char, 100> bytes{};
    std::optional<error_code> end;
    std::size_t count = 0;
    asio::cancellation_signal stop;
    std::function<void()> on_end;
};

struct fixture
{
    asio::io_context loop{1};
    net::input_batch batch{loop.get_executor(), long_interval()};
    std::shared_ptr<asio::ssl::context> server_side;
    std::shared_ptr<asio::ssl::context> client_side;

    static net::read_coalescer::options long_interval()
    {
        net::read_coalescer::options how;
        how.shortest = how.longest = 64ms;
        return how;
    }

    fixture()
    {
        net::certificate_request wanted;
        wanted.common_name = "test";
        wanted.names = {"127.0.0.1"};
        wanted.not_before = std::chrono::system_clock::now() - 1h;
        wanted.not_after = std::chrono::system_clock::now() + 1h;
        auto const issued = net::issue_certificate(wanted);
        server_side = *net::make_server_context(issued->certificate_pem, issued->key_pem);
        net::tls_identity trust;
        trust.ca_pem = issued->ca_pem;
        client_side = *net::make_client_context(trust);
    }

    struct connection
    {
        std::optional<tls_stream> client;
        std::optional<tls_stream> server;
    };

    connection connect()
    {
        tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
        tcp::socket near(loop);
        tcp::socket far(loop);
        near.connect(acceptor.local_endpoint());
        acceptor.accept(far);
        connection made;
        made.client.emplace(std::move(near), *client_side, tls_stream::side::client, &batch);
        made.server.emplace(std::move(far), *server_side, tls_stream::side::server);
        int handshakes = 0;
        auto const count = [&](error_code ec) { handshakes += ec ? 0 : 1; };
        made.client->async_handshake(count);
        made.server->async_handshake(count);
        run_until([&] { return handshakes == 2; });
        return made;
    }

    void run_until(std::function<bool()> const& done)
    {
        loop.restart();
        auto const limit = steady_clock::now() + 10s;
        while (!done() && steady_clock::now() < limit)
            if (loop.run_one_for(20ms) == 0)
                loop.restart();
        BOOST_TEST_REQUIRE(done());
    }

    /// Starts so many requests that the client reads answers together.
    void begin_burst()
    {
        for (int i = 0; i < 48; ++i)
            batch.coalescer().request_started(steady_clock::now());
    }

    void end_burst()
    {
        for (int i = 0; i < 48; ++i)
            batch.coalescer().request_ended();
    }

    static void read(connection& from, reading& into)
    {
        from.client->async_read_some(
            asio::buffer(into.bytes),
            asio::bind_cancellation_slot(
                into.stop.slot(),
                [&](error_code ec, std::size_t count)
                {
                    into.end = ec;
                    into.count = count;
                    if (into.on_end)
                        into.on_end();
                }
            )
        );
    }

    void write(connection& to, std::string const& text)
    {
        bool written = false;
        to.server->async_write_some(asio::buffer(text), [&](error_code, std::size_t) { written = true; });
        run_until([&] { return written; });
    }
};

/// Keeps the body of a 2xx answer as text.
struct text_sink final : net::body_sink
{
    error_code on_body(std::string_view piece) override
    {
        text.append(piece);
        return {};
    }

    std::string text;
};

/// Answers the first request of a connection with `first`, and then keeps the connection open without
/// sending.
tcr::task<void> answer_once(
    tls_stream stream, std::string first, std::vector<std::unique_ptr<tls_stream>>& open
)
{
    auto kept = std::make_unique<tls_stream>(std::move(stream));
    auto& peer = *kept;
    open.push_back(std::move(kept));
    co_await peer.async_handshake(asio::use_awaitable);
    std::array<char, 1000> request;
    co_await peer.async_read_some(asio::buffer(request), asio::use_awaitable);
    co_await peer.async_write_some(asio::buffer(first), asio::use_awaitable);
}

BOOST_FIXTURE_TEST_SUITE(tls_client, fixture)

BOOST_AUTO_TEST_CASE(read_cancelled_by_another_at_the_same_common_read_ends)
{
    auto first = connect();
    auto second = connect();
    begin_burst();
    reading by_first;
    reading by_second;
    by_first.on_end = [&] { by_second.stop.emit(asio::cancellation_type::terminal); };
    read(first, by_first);
    read(second, by_second);
    write(first, "hello");
    run_until([&] { return by_second.end.has_value(); });
    BOOST_TEST(!*by_first.end);
    BOOST_TEST((*by_second.end == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(bytes_received_during_a_burst_are_read_at_the_common_read)
{
    auto link = connect();
    begin_burst();
    reading answer;
    read(link, answer);
    write(link, "hello");
    run_until([&] { return answer.end.has_value(); });
    BOOST_TEST(answer.count == 5u);
}

BOOST_AUTO_TEST_CASE(bytes_received_after_a_burst_are_read_at_once)
{
    auto link = connect();
    begin_burst();
    reading answer;
    read(link, answer);
    end_burst();
    // The connection has noticed the end of the burst at its common read. Now it waits for bytes from the
    // kernel.
    auto const later = steady_clock::now() + 200ms;
    run_until([&] { return steady_clock::now() > later; });
    BOOST_TEST(!answer.end.has_value());
    write(link, "x");
    run_until([&] { return answer.end.has_value(); });
    BOOST_TEST(answer.count == 1u);
}

BOOST_AUTO_TEST_CASE(connection_closed_during_a_burst_ends)
{
    auto link = connect();
    begin_burst();
    reading answer;
    read(link, answer);
    link.client->abandon(asio::error::timed_out);
    run_until([&] { return answer.end.has_value(); });
    BOOST_TEST((*answer.end == asio::error::timed_out));
}

BOOST_AUTO_TEST_CASE(reset_during_a_burst_is_noticed)
{
    auto link = connect();
    begin_burst();
    reading answer;
    read(link, answer);
    link.server->next_layer().set_option(asio::socket_base::linger(true, 0));
    link.server.reset();
    run_until([&] { return answer.end.has_value(); });
    BOOST_TEST(answer.end->failed());
}

BOOST_AUTO_TEST_CASE(connection_is_quiet_until_bytes_or_the_peers_close_arrive)
{
    auto link = connect();
    // The session tickets of TLS 1.3 have arrived. They are not bytes for the caller.
    BOOST_TEST(link.client->is_quiet());
    write(link, "unasked");
    run_until([&] { return !link.client->is_quiet(); });
    reading unasked;
    read(link, unasked);
    run_until([&] { return unasked.end.has_value(); });
    BOOST_TEST(unasked.count == 7u);
    BOOST_TEST(link.client->is_quiet());
    link.server->end_output();
    run_until([&] { return !link.client->is_quiet(); });
    auto reset = connect();
    reset.server->next_layer().set_option(asio::socket_base::linger(true, 0));
    reset.server.reset();
    run_until([&] { return !reset.client->is_quiet(); });
}

BOOST_AUTO_TEST_CASE(unrequested_bytes_are_not_the_answer_to_the_next_request)
{
    tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
    std::vector<std::unique_ptr<tls_stream>> open;
    std::exception_ptr failure;
    auto const note = [&](std::exception_ptr why) { failure = why; };
    net::endpoint where;
    where.host = "127.0.0.1";
    where.port = std::to_string(acceptor.local_endpoint().port());
    net::http_client client(loop.get_executor(), client_side, where);
    auto const serve_next = [&](std::string answer)
    {
        acceptor.async_accept(
            [&, answer = std::move(answer)](error_code ec, tcp::socket socket)
            {
                BOOST_TEST(!ec);
                tls_stream stream(std::move(socket), *server_side, tls_stream::side::server);
                asio::co_spawn(loop, answer_once(std::move(stream), answer, open), note);
            }
        );
    };
    auto const body_of_next = [&]
    {
        net::http_request request;
        request.method = "GET";
        request.target = "/";
        text_sink sink;
        std::optional<tcr::result<net::http_response>> end;
        auto send = [&]() -> tcr::task<void>
        {
            net::time_limits const limits;
            auto answer = co_await client.send(request, sink, limits);
            end.emplace(std::move(answer));
        };
        asio::co_spawn(loop, std::move(send), note);
        run_until([&] { return end.has_value(); });
        BOOST_TEST(end->has_value());
        return sink.text;
    };
    serve_next("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
    BOOST_TEST(body_of_next() == "one");
    BOOST_TEST_REQUIRE(open.size() == 1u);
    std::string const unasked = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nunasked";
    bool is_written = false;
    open[0]->async_write_some(asio::buffer(unasked), [&](error_code, std::size_t) { is_written = true; });
    auto const has_arrived = [&]
    {
        // `left` is the number of bytes that the kernel of the client has not acknowledged (tcp(7),
        // SIOCOUTQ).
        int left = 0;
        return ioctl(open[0]->next_layer().native_handle(), SIOCOUTQ, &left) == 0 && left == 0;
    };
    run_until([&] { return is_written && has_arrived(); });
    serve_next("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
    BOOST_TEST(body_of_next() == "two");
    BOOST_TEST(open.size() == 2u);
    BOOST_TEST((failure == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()

/// A proxy, and a client whose server is https://127.0.0.1:6443.
struct proxy_fixture : fixture
{
    tcp::acceptor acceptor{loop, {asio::ip::address_v4::loopback(), 0}};
    net::endpoint where;
    std::string address = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    std::string connect_request;
    std::vector<std::unique_ptr<tls_stream>> open;
    std::exception_ptr failure;

    proxy_fixture()
    {
        where.host = "127.0.0.1";
        where.port = "6443";
        where.proxy =
            net::http_proxy{"127.0.0.1", std::to_string(acceptor.local_endpoint().port()), "Basic x"};
    }

    /// Accepts one connection, answers its CONNECT request with `answer`, and is then the server behind the
    /// proxy.
    tcr::task<void> serve_once(std::string answer)
    {
        auto socket = co_await acceptor.async_accept(asio::use_awaitable);
        std::array<char, 1000> bytes;
        auto const count = co_await socket.async_read_some(asio::buffer(bytes), asio::use_awaitable);
        connect_request.assign(bytes.data(), count);
        if (answer.empty())
            co_await socket.async_read_some(asio::buffer(bytes), asio::use_awaitable);
        co_await socket.async_write_some(asio::buffer(answer), asio::use_awaitable);
        tls_stream stream(std::move(socket), *server_side, tls_stream::side::server);
        std::string const response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        co_await answer_once(std::move(stream), response, open);
    }

    tcr::result<net::http_response> ask(std::string const& answer, text_sink& sink)
    {
        asio::co_spawn(loop, serve_once(answer), [&](std::exception_ptr why) { failure = why; });
        net::client_options options;
        options.connect_timeout = answer.empty() ? 200ms : 10s;
        net::http_client client(loop.get_executor(), client_side, where, options);
        net::http_request request;
        request.method = "GET";
        request.target = "/";
        std::optional<tcr::result<net::http_response>> end;
        auto send = [&]() -> tcr::task<void>
        {
            net::time_limits const limits;
            auto response = co_await client.send(request, sink, limits);
            end.emplace(std::move(response));
        };
        asio::co_spawn(loop, std::move(send), [](std::exception_ptr) {});
        run_until([&] { return end.has_value(); });
        return *end;
    }

    std::string failure_of(std::string const& answer)
    {
        text_sink sink;
        auto const end = ask(answer, sink);
        BOOST_TEST_REQUIRE(end.has_error());
        return end.error().message();
    }
};

BOOST_FIXTURE_TEST_SUITE(proxied_client, proxy_fixture)

constexpr char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";

BOOST_AUTO_TEST_CASE(request_passes_the_tunnel)
{
    text_sink sink;
    auto const end = ask(established, sink);
    BOOST_TEST_REQUIRE(end.has_value(), (end ? "" : end.error().message()));
    BOOST_TEST(sink.text == "hello");
    BOOST_TEST((failure == nullptr));
    BOOST_TEST(
        connect_request ==
        "CONNECT 127.0.0.1:6443 HTTP/1.1\r\nHost: 127.0.0.1:6443\r\nUser-Agent: tcr-assistant/" TCR_VERSION
        "\r\nProxy-Authorization: Basic x\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(name_of_the_server_is_verified_behind_the_proxy)
{
    where.tls_server_name = "another.example.com";
    BOOST_TEST(
        failure_of(established) == "the certificate of https://127.0.0.1:6443 through proxy " + address +
                                       " cannot be trusted: hostname mismatch"
    );
}

BOOST_AUTO_TEST_CASE(failures_name_the_proxy_and_the_server)
{
    BOOST_TEST(
        failure_of("HTTP/1.1 403 Forbidden\r\n\r\n") ==
        "proxy " + address + " refuses to connect to https://127.0.0.1:6443: HTTP 403"
    );
    BOOST_TEST(
        failure_of("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") ==
        "proxy " + address +
            " refuses to connect to https://127.0.0.1:6443: HTTP 407; correct the user name and password in "
            "the "
            "URL of the proxy"
    );
    auto const unusable = "no usable answer from proxy " + address + " for https://127.0.0.1:6443: ";
    BOOST_TEST(failure_of("SSH-2.0-OpenSSH_9.2\r\n") == unusable + "the response is not valid HTTP");
    BOOST_TEST(failure_of("") == unusable + "timed out");
    acceptor.close();
    BOOST_TEST(
        failure_of(established) ==
        "cannot connect to proxy " + address + " for https://127.0.0.1:6443: Connection refused"
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
