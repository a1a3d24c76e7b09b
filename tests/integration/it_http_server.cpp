// SPDX-License-Identifier: Apache-2.0

// Our HTTP server on real sockets of this machine. Needs no cluster.
#include "it_http_helpers.hpp"

#include <sys/resource.h>

#include <ctime>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace
{

namespace asio = boost::asio;

using namespace tcr::test;
using namespace std::chrono_literals;

constexpr std::size_t huge = 32 * 1024 * 1024;

server_response answer(server_request const& request)
{
    if (request.path == "/throw")
        throw std::runtime_error("failed as requested");
    server_response response;
    response.body = request.path == "/huge" ? std::string(huge, 'x') : "hello";
    return response;
}

/// A server with this handler.
struct running : running_server
{
    explicit running(server_options options = {}, std::string host = {})
        : running_server(answer, std::move(options), std::move(host))
    {
    }
};

bool has_ipv6()
{
    return std::ifstream("/proc/net/if_inet6").peek() != std::ifstream::traits_type::eof();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listening)

BOOST_AUTO_TEST_CASE(without_a_host_it_accepts_ipv4_and_ipv6)
{
    running const server;
    client const four(server.port());
    BOOST_TEST(four.ask());
    BOOST_TEST(is_hello(four.read_response()));
    if (has_ipv6())
    {
        client const six(server.port(), true);
        BOOST_TEST(six.ask());
        BOOST_TEST(is_hello(six.read_response()));
    }
}

BOOST_AUTO_TEST_CASE(with_a_host_it_accepts_only_that_address)
{
    running const server({}, "127.0.0.1");
    client const four(server.port());
    BOOST_TEST(four.ask());
    BOOST_TEST(is_hello(four.read_response()));
    if (has_ipv6())
        BOOST_CHECK_THROW(client(server.port(), true), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(port_in_use_is_reported)
{
    running const server;
    asio::io_context loop(1);
    tcr::logger log(stderr);
    auto const port = std::to_string(server.port());
    auto const any = http_server::listen(loop.get_executor(), {"", server.port()}, answer, log);
    BOOST_TEST_REQUIRE(any.has_error());
    BOOST_TEST(any.error().message() == "cannot listen on :" + port + ": Address already in use");
    auto const one = http_server::listen(loop.get_executor(), {"127.0.0.1", server.port()}, answer, log);
    BOOST_TEST_REQUIRE(one.has_error());
    BOOST_TEST(one.error().message() == "cannot listen on 127.0.0.1:" + port + ": Address already in use");
}

BOOST_AUTO_TEST_CASE(address_of_another_machine_is_reported)
{
    asio::io_context loop(1);
    tcr::logger log(stderr);
    // A documentation address (RFC 5737), which no machine has.
    auto const other = http_server::listen(loop.get_executor(), {"192.0.2.1", 0}, answer, log);
    BOOST_TEST_REQUIRE(other.has_error());
    BOOST_TEST(other.error().message() == "cannot listen on 192.0.2.1:0: Cannot assign requested address");
}

BOOST_AUTO_TEST_CASE(port_is_free_as_soon_as_its_server_has_stopped)
{
    running first;
    auto const one = first.connect();
    BOOST_TEST(one.ask());
    BOOST_TEST(is_hello(one.read_response()));
    auto const port = first.port();
    first.stop();
    asio::io_context loop(1);
    tcr::logger log(stderr);
    BOOST_TEST(http_server::listen(loop.get_executor(), {"", port}, answer, log).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(serving)

BOOST_AUTO_TEST_CASE(two_hundred_connections_at_once)
{
    running const server;
    std::vector<client> all;
    for (int i = 0; i < 200; ++i)
        all.push_back(server.connect());
    for (auto const& each : all)
        BOOST_TEST(each.ask());
    // The server accepts waiting connections after it has served others, and loses no request.
    std::size_t served = 0;
    for (auto const& each : all)
        served += is_hello(each.read_response()) ? 1 : 0;
    BOOST_TEST(served == 200u);
    BOOST_TEST(server.log().empty(), server.log());
}

BOOST_AUTO_TEST_CASE(idle_connection_is_closed_only_for_a_new_one)
{
    server_options options;
    options.max_connections = 2;
    running const server(options);
    auto const first = server.connect();
    auto const second = server.connect();
    for (int i = 0; i < 3; ++i)
        for (auto const* each : {&first, &second})
        {
            BOOST_TEST(each->ask());
            BOOST_TEST(is_hello(each->read_response()));
        }
    auto const third = server.connect();
    BOOST_TEST(third.ask());
    BOOST_TEST(is_hello(third.read_response()));
    BOOST_TEST(first.read_all().empty());
    BOOST_TEST(second.ask());
    BOOST_TEST(is_hello(second.read_response()));
}

BOOST_AUTO_TEST_CASE(new_connection_waits_while_all_are_busy)
{
    server_options options;
    options.max_connections = 2;
    options.limits.request = 500ms;
    running const server(options);
    auto const started = steady_clock::now();
    std::vector<client> slow;
    for (int i = 0; i < 2; ++i)
    {
        slow.push_back(server.connect());
        BOOST_TEST(slow.back().send("GET /"));
    }
    let_pass(100ms);
    auto const late = server.connect();
    BOOST_TEST(late.ask());
    BOOST_TEST(is_hello(late.read_response()));
    BOOST_TEST((steady_clock::now() - started >= 400ms));
}

BOOST_AUTO_TEST_CASE(slow_client_is_closed_at_its_limit)
{
    server_options options;
    options.limits.request = 400ms;
    running const server(options);
    auto const slow = server.connect();
    auto const started = steady_clock::now();
    BOOST_TEST(slow.send("GET / HTTP/1.1\r\nHost: h\r\n"));
    for (int i = 0; i < 100 && slow.send("a: b\r\n"); ++i)
    {
        // Other clients are not affected.
        auto const other = server.connect();
        BOOST_TEST(other.ask());
        BOOST_TEST(is_hello(other.read_response()));
        let_pass(30ms);
        if (steady_clock::now() - started > 600ms)
            break;
    }
    auto const answered = slow.read_response();
    BOOST_TEST(answered.starts_with("HTTP/1.1 408 Request Timeout\r\n"), answered);
    BOOST_TEST((steady_clock::now() - started < 5s));
}

BOOST_AUTO_TEST_CASE(client_that_has_closed_its_output_is_answered)
{
    running const server;
    auto const one = server.connect();
    BOOST_TEST(one.ask());
    one.end_output();
    BOOST_TEST(is_hello(one.read_all()));
}

BOOST_AUTO_TEST_CASE(refused_client_that_still_sends_receives_the_reason)
{
    running const server;
    for (int i = 0; i < 20; ++i)
    {
        auto const one = server.connect();
        BOOST_TEST(one.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n"));
        BOOST_TEST(one.send(std::string(200'000, 'x')));
        one.end_output();
        auto const answered = one.read_all();
        BOOST_TEST(answered.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), answered);
        BOOST_TEST(answered.ends_with("413 Payload Too Large\n"), answered);
    }
}

BOOST_AUTO_TEST_CASE(an_exception_ends_one_connection_and_is_logged)
{
    running const server;
    auto const one = server.connect();
    BOOST_TEST(one.ask("/throw"));
    one.end_output();
    BOOST_TEST(one.read_all().starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    BOOST_TEST(eventually(
        [&]
        {
            auto const log = server.log();
            auto const* const line =
                " warning HTTP connection failed error=\"failed as requested\" left_out=0\n";
            return log.find(line) != std::string::npos ? verdict(true) : wrong(log);
        }
    ));
    auto const other = server.connect();
    BOOST_TEST(other.ask());
    BOOST_TEST(is_hello(other.read_response()));
}

BOOST_AUTO_TEST_CASE(server_recovers_from_a_lack_of_file_descriptors)
{
    running const server;
    client late;
    // Lowers the limit so that no new descriptor can be opened.
    rlimit before{};
    BOOST_TEST_REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    int const free = dup(0);
    close(free);
    rlimit const now{static_cast<rlim_t>(free), before.rlim_max};
    BOOST_TEST_REQUIRE(setrlimit(RLIMIT_NOFILE, &now) == 0);
    late.connect(server.port());
    bool const is_sent = late.ask();
    auto const cpu = std::clock();
    let_pass(1s);
    auto const used = std::clock() - cpu;
    BOOST_TEST_REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
    BOOST_TEST(is_sent);
    BOOST_TEST(is_hello(late.read_response()));
    BOOST_TEST(used < CLOCKS_PER_SEC / 10);
    auto const* const line =
        " warning cannot accept an HTTP connection; retrying in 200ms "
        "error=\"Too many open files\" left_out=0\n";
    BOOST_TEST(server.log().find(line) != std::string::npos, server.log());
}

BOOST_AUTO_TEST_CASE(memory_does_not_grow_with_requests)
{
    running const server;
    auto const serve = [&](int connections, int requests)
    {
        for (int i = 0; i < connections; ++i)
        {
            auto const one = server.connect();
            for (int k = 0; k < requests; ++k)
            {
                BOOST_TEST_REQUIRE(one.ask());
                BOOST_TEST_REQUIRE(is_hello(one.read_response()));
            }
        }
    };
    serve(100, 20);
    auto const before = resident();
    serve(1, 5'000);
    serve(1'000, 5);
    auto const grown = resident() - before;
    BOOST_TEST_MESSAGE("grown by " << grown << " bytes in 10,000 requests");
#ifndef __SANITIZE_ADDRESS__  // AddressSanitizer retains freed memory
    BOOST_TEST(grown < 512 * 1024);
#endif
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(stopping)

BOOST_AUTO_TEST_CASE(idle_connections_are_closed_at_once)
{
    server_options options;
    options.grace = long_grace;
    running server(options);
    auto const fresh = server.connect();
    auto const kept = server.connect();
    BOOST_TEST(kept.ask());
    BOOST_TEST(is_hello(kept.read_response()));
    BOOST_TEST((server.stop() < long_grace));
    BOOST_TEST(kept.read_all().empty());
    BOOST_TEST(fresh.read_all().empty());
    BOOST_CHECK_THROW(client(server.port()), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(response_in_flight_is_completed)
{
    server_options options;
    options.grace = long_grace;
    options.limits.write = long_grace;
    running server(options);
    auto const one = server.connect();
    BOOST_TEST(one.ask("/huge"));
    let_pass(200ms);
    server.cancel();
    let_pass(50ms);
    auto const response = one.read_all();
    BOOST_TEST(response.size() > huge);
    BOOST_TEST(response.ends_with('x'));
    server.join();
}

BOOST_AUTO_TEST_CASE(response_that_the_client_does_not_read_is_cut_after_the_grace_period)
{
    server_options options;
    options.grace = 400ms;
    running server(options);
    auto const not_reading = server.connect();
    BOOST_TEST(not_reading.ask("/huge"));
    auto const half = server.connect();
    BOOST_TEST(half.send("GET /"));
    let_pass(200ms);
    auto const took = server.stop();
    BOOST_TEST((took >= 400ms));
    BOOST_TEST((took < long_grace));
    BOOST_TEST(not_reading.read_all().size() < huge);
}

BOOST_AUTO_TEST_CASE(second_cancellation_ends_the_grace_period)
{
    server_options options;
    options.grace = long_grace;
    options.limits.write = long_grace;
    running server(options);
    auto const not_reading = server.connect();
    BOOST_TEST(not_reading.ask("/huge"));
    let_pass(200ms);
    server.cancel();
    // If the server has not yet noticed the first cancellation, two cancellations count as one.
    BOOST_TEST(eventually(
        [&] { return is_listening(server.port()) ? wrong("the server still listens") : verdict(true); }
    ));
    BOOST_TEST((server.stop() < long_grace));
}

BOOST_AUTO_TEST_CASE(server_stops_while_connections_open_and_close)
{
    for (int i = 0; i < 30; ++i)
    {
        server_options options;
        options.max_connections = 4;
        options.limits.linger = 50ms;
        options.grace = long_grace;
        running server(options);
        std::vector<client> some;
        for (int k = 0; k < i; ++k)
        {
            some.push_back(server.connect());
            some.back().ask();
        }
        BOOST_TEST((server.stop() < long_grace));
    }
}

BOOST_AUTO_TEST_SUITE_END()
