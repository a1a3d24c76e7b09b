// SPDX-License-Identifier: Apache-2.0

// Our HTTP server over TLS, on real sockets of this machine. Needs no cluster.
#include "harness/machine_speed.hpp"
#include "harness/text.hpp"
#include "it_http_helpers.hpp"
#include <tcr/log/line_limiter.hpp>
#include <tcr/net/certificate.hpp>
#include <tcr/net/tls.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <openssl/x509v3.h>
#include <sys/wait.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <vector>

namespace
{

namespace asio = boost::asio;

using namespace tcr::test;
using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;
using tcr::task;
using tls_context = std::shared_ptr<asio::ssl::context>;

constexpr std::size_t huge = 32 * 1024 * 1024;
constexpr std::size_t whole_review = 3 * 1024 * 1024;

tls_context context_for(std::string const& name)
{
    tcr::net::certificate_request request;
    request.common_name = name;
    request.names = {name};
    request.not_before = std::chrono::system_clock::now() - 1h;
    request.not_after = request.not_before + 24h;
    auto const made = tcr::net::issue_certificate(request).value();
    return tcr::net::make_server_context(made.certificate_pem, made.key_pem).value();
}

/// Number of slow handlers in flight.
std::atomic<int> waiting = 0;

task<server_response> answer_slowly(server_request const& request)
{
    ++waiting;
    struct at_end
    {
        ~at_end() { --waiting; }
    } const note;
    auto const time = request.path == "/slow" ? 100ms : request.path == "/slower" ? 2s : 1h;
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
    server_response response;
    response.body = "hello";
    co_return response;
}

tcr::net::http_router pages()
{
    tcr::net::http_router router;
    auto const text = [](std::string body)
    {
        server_response response;
        response.body = std::move(body);
        return response;
    };
    router.get("/x", [=](server_request const&) { return text("hello"); });
    router.get("/huge", [=](server_request const&) { return text(std::string(huge, 'x')); });
    router.post(
        "/size",
        [=](server_request const& request)
        { return text(std::to_string(request.body.size()) + " " + request.content_type); }
    );
    router.post("/slow", answer_slowly);
    router.post("/slower", answer_slowly);
    router.post("/never", answer_slowly);
    return router;
}

/// The TLS context for new connections. Tests replace it while the server runs.
class exchanged
{
public:
    explicit exchanged(tls_context first = context_for("first")) : now_(std::move(first)) {}

    void use(tls_context next)
    {
        std::lock_guard const lock(mutex_);
        now_ = std::move(next);
    }

    tls_context now()
    {
        std::lock_guard const lock(mutex_);
        return now_;
    }

private:
    std::mutex mutex_;
    tls_context now_;
};

server_options over_tls(exchanged& source)
{
    server_options options;
    options.tls = [&source] { return source.now(); };
    options.limits.body = whole_review;
    return options;
}

struct secure_server
{
    explicit secure_server(
        std::function<void(server_options&)> const& change = [](auto&) {},
        tcr::log_level level = tcr::log_level::info
    )
        : server(pages(), changed(over_tls(source), change), {}, level)
    {
    }

    static server_options changed(server_options options, std::function<void(server_options&)> const& change)
    {
        change(options);
        return options;
    }

    /// Connects with TLS. The test fails if the handshake fails.
    client connect(int version = TLS1_3_VERSION) const
    {
        client made(server.port());
        BOOST_TEST_REQUIRE(made.handshake(version));
        return made;
    }

    exchanged source;
    running_server server;
};

bool serves(client const& one)
{
    return one.ask() && is_hello(one.read_response());
}

std::string post(std::string const& path, std::size_t announced)
{
    return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json; charset=utf-8\r\n" +
           "Content-Length: " + std::to_string(announced) + "\r\n\r\n";
}

/// The DNS name in the certificate that the client received.
std::string shown_to(client const& one)
{
    X509* const shown = SSL_get1_peer_certificate(one.tls());
    char name[100] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, name, sizeof name);
    X509_free(shown);
    return name;
}

verdict is_logged(secure_server const& secure, std::string_view text)
{
    return eventually(
        [&]
        {
            auto const log = secure.server.log();
            return log.find(text) != std::string::npos ? verdict(true) : wrong(log);
        }
    );
}

}  // namespace

// Runs first: later, the heap contains freed memory that the server could reuse.
BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(two_hundred_kept_connections_take_little_memory)
{
    constexpr int count = 200;
    // The clients run in another process, so that only the memory of the server is counted.
    int to_child[2];
    int from_child[2];
    BOOST_TEST_REQUIRE(pipe(to_child) == 0);
    BOOST_TEST_REQUIRE(pipe(from_child) == 0);
    auto const child = fork();
    if (child == 0)
    {
        close(to_child[1]);
        unsigned short port = 0;
        std::vector<client> all;
        bool is_good = read(to_child[0], &port, sizeof port) == sizeof port;
        for (int i = 0; i < count && is_good; ++i)
        {
            all.emplace_back(port);
            is_good =
                all.back().handshake(i % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION) && serves(all.back());
        }
        is_good = write(from_child[1], &is_good, sizeof is_good) == sizeof is_good && is_good;
        // Keeps the connections open until the parent has measured its memory.
        is_good = read(to_child[0], &port, 1) == 0 && is_good;
        _exit(is_good ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    close(to_child[0]);
    close(from_child[1]);
    double grown = 0;
    bool is_good = false;
    {
        secure_server const secure([](auto& options) { options.max_connections = count + 10; });
        {
            auto const first = secure.connect();
            BOOST_TEST(serves(first));
        }
        auto const before = resident();
        auto const port = secure.server.port();
        BOOST_TEST(write(to_child[1], &port, sizeof port) == ssize_t{sizeof port});
        BOOST_TEST(read(from_child[0], &is_good, sizeof is_good) == ssize_t{sizeof is_good});
        grown = resident() - before;
        close(to_child[1]);
    }
    close(from_child[0]);
    int status = 0;
    BOOST_TEST(waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
    BOOST_TEST(is_good);
    BOOST_TEST_MESSAGE(count << " idle TLS connections take " << grown / 1024 / count << " KiB each");
#ifndef __SANITIZE_ADDRESS__
    BOOST_TEST(grown < count * 40 * 1024.0);
#endif
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(handshakes)

BOOST_AUTO_TEST_CASE(tls_1_2_and_1_3_are_served_and_1_1_is_not)
{
    secure_server const secure([](auto&) {}, tcr::log_level::debug);
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION})
    {
        auto const one = secure.connect(version);
        BOOST_TEST(SSL_version(one.tls()) == version);
        for (int i = 0; i < 3; ++i)
            BOOST_TEST(serves(one));
    }
    BOOST_TEST(occurrences(secure.server.log(), "handshake") == 0u);
    client old(secure.server.port());
    BOOST_TEST(!old.handshake(TLS1_1_VERSION));
    BOOST_TEST(is_logged(secure, " debug TLS handshake with a client failed error=\"unsupported protocol"));
}

BOOST_AUTO_TEST_CASE(http_without_tls_is_answered_with_the_reason)
{
    secure_server const secure;
    for (std::string const& request :
         {"GET /x HTTP/1.1\r\nHost: h\r\n\r\n"s,
          "POST /size HTTP/1.1\r\nHost: h\r\n\r\n"s + std::string(50'000, 'x')})
    {
        client const plain(secure.server.port());
        BOOST_TEST(plain.send(request));
        plain.end_output();
        BOOST_TEST(
            plain.read_all() ==
            "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
        );
    }
    BOOST_TEST(serves(secure.connect()));
    BOOST_TEST(secure.server.log().empty(), secure.server.log());
}

BOOST_AUTO_TEST_CASE(garbage_ends_the_connection)
{
    secure_server const secure;
    client const one(secure.server.port());
    BOOST_TEST(one.send("hello and more of it\r\n"));
    one.read_all();
    BOOST_TEST(serves(secure.connect()));
    BOOST_TEST(secure.server.log().empty(), secure.server.log());
}

BOOST_AUTO_TEST_CASE(stalled_handshake_is_closed_at_its_limit)
{
    secure_server const secure(
        [](auto& options) { options.limits.handshake = 300ms; }, tcr::log_level::debug
    );
    auto const started = steady_clock::now();
    client const silent(secure.server.port());
    client const half(secure.server.port());
    // A partial TLS record: it announces a ClientHello of 512 bytes.
    BOOST_TEST(half.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"sv));
    BOOST_TEST(serves(secure.connect()));
    BOOST_TEST(silent.read_all().empty());
    half.read_all();
    auto const took = steady_clock::now() - started;
    BOOST_TEST((took >= 300ms));
    BOOST_TEST((took < 4s));
    BOOST_TEST(is_logged(secure, " debug TLS handshake with a client failed error=\"timed out\" left_out="));
}

BOOST_AUTO_TEST_CASE(tcp_probes_do_not_fill_the_log)
{
    secure_server const quiet;
    secure_server const with_debug_log([](auto&) {}, tcr::log_level::debug);
    for (int i = 0; i < 50; ++i)
    {
        client const one(quiet.server.port());
        client const other(with_debug_log.server.port());
    }
    BOOST_TEST(is_logged(with_debug_log, " debug TLS handshake with a client failed error="));
    BOOST_TEST(serves(quiet.connect()));
    BOOST_TEST(serves(with_debug_log.connect()));
    BOOST_TEST(quiet.server.log().empty(), quiet.server.log());
    BOOST_TEST(occurrences(with_debug_log.server.log(), "handshake") <= tcr::line_limiter::lines_per_window);
}

BOOST_AUTO_TEST_CASE(certificate_is_exchanged_without_closing_a_connection)
{
    secure_server secure;
    auto const kept = secure.connect();
    BOOST_TEST(serves(kept));
    BOOST_TEST(shown_to(kept) == "first");
    secure.source.use(context_for("second"));
    auto const fresh = secure.connect();
    BOOST_TEST(shown_to(fresh) == "second");
    BOOST_TEST(serves(fresh));
    BOOST_TEST(serves(kept));
}

BOOST_AUTO_TEST_CASE(without_a_certificate_connections_are_closed_at_once)
{
    secure_server secure;
    auto const kept = secure.connect();
    secure.source.use(nullptr);
    for (int i = 0; i < 20; ++i)
        BOOST_TEST(client(secure.server.port()).read_all().empty());
    BOOST_TEST(!client(secure.server.port()).handshake());
    BOOST_TEST(serves(kept));
    secure.source.use(context_for("late"));
    BOOST_TEST(shown_to(secure.connect()) == "late");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(requests)

BOOST_AUTO_TEST_CASE(bodies_and_responses_of_any_size)
{
    secure_server const secure;
    auto const one = secure.connect();
    for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{16'384}, whole_review})
    {
        BOOST_TEST(one.send(post("/size", size) + std::string(size, 'x')));
        BOOST_TEST(one.read_response().ends_with("\r\n\r\n" + std::to_string(size) + " application/json"));
    }
    BOOST_TEST(one.ask("/huge"));
    auto const response = one.read_response();
    BOOST_TEST(response.size() > huge);
    BOOST_TEST(response.ends_with('x'));
    BOOST_TEST(serves(one));
}

BOOST_AUTO_TEST_CASE(both_sides_send_and_accept_close_notify)
{
    secure_server const secure;
    auto const asked = secure.connect();
    BOOST_TEST(asked.send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    // The server sends close_notify before it closes the TCP connection.
    BOOST_TEST(is_hello(asked.read_all()));
    auto const closing = secure.connect();
    BOOST_TEST(closing.ask());
    SSL_shutdown(closing.tls());
    BOOST_TEST(is_hello(closing.read_response()));
}

BOOST_AUTO_TEST_CASE(keys_are_updated_during_a_connection)
{
    secure_server const secure;
    auto const one = secure.connect();
    for (int i = 0; i < 20; ++i)
    {
        BOOST_TEST(
            SSL_key_update(one.tls(), i % 2 == 0 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED) ==
            1
        );
        BOOST_TEST(serves(one));
    }
}

BOOST_AUTO_TEST_CASE(slow_header_is_closed_at_its_limit)
{
    secure_server const secure([](auto& options) { options.limits.request = 2s; });
    auto const slow = secure.connect();
    auto const started = steady_clock::now();
    BOOST_TEST(slow.send("GET / HTTP/1.1\r\nHost: h\r\n"));
    while (steady_clock::now() - started < 3s && slow.send("a: b\r\n"))
    {
        BOOST_TEST(serves(secure.connect()));
        let_pass(30ms);
    }
    auto const answered = slow.read_response();
    BOOST_TEST(answered.starts_with("HTTP/1.1 408 Request Timeout\r\n"), answered);
    BOOST_TEST((steady_clock::now() - started < 10s));
}

BOOST_AUTO_TEST_CASE(clients_that_disconnect_in_the_middle_do_no_harm)
{
    secure_server const secure;
    for (int i = 0; i < 20; ++i)
    {
        // Three clients disconnect: in the middle of a body, of a response, and of a slow answer.
        auto const one = secure.connect();
        BOOST_TEST(one.send(post("/size", 100'000) + std::string(50'000, 'x')));
        auto const other = secure.connect();
        BOOST_TEST(other.ask("/huge"));
        auto const third = secure.connect();
        BOOST_TEST(third.send(post("/slow", 0)));
    }
    BOOST_TEST(serves(secure.connect()));
    BOOST_TEST(secure.server.log().empty(), secure.server.log());
}

BOOST_AUTO_TEST_CASE(too_large_requests_are_refused)
{
    secure_server const secure;
    for (int i = 0; i < 5; ++i)
    {
        auto const header = secure.connect();
        BOOST_TEST(header.send("GET /x HTTP/1.1\r\nHost: h\r\nX: " + std::string(10'000, 'x') + "\r\n\r\n"));
        BOOST_TEST(header.read_all().starts_with("HTTP/1.1 431 "));
        auto const body = secure.connect();
        BOOST_TEST(body.send(post("/size", whole_review + 1)));
        BOOST_TEST(body.send(std::string(100'000, 'x')));
        auto const answered = body.read_all();
        BOOST_TEST(answered.starts_with("HTTP/1.1 413 "), answered);
        BOOST_TEST(answered.ends_with("413 Payload Too Large\n"), answered);
    }
}

BOOST_AUTO_TEST_CASE(bodies_of_all_connections_share_one_limit)
{
    secure_server const secure([](auto& options) { options.max_body_bytes = 2 * whole_review; });
    std::vector<client> some;
    for (int i = 0; i < 2; ++i)
    {
        some.push_back(secure.connect());
        BOOST_TEST(some.back().send(post("/size", whole_review) + std::string(whole_review - 1, 'x')));
    }
    // Waits until the server has read all these bytes.
    std::string refused;
    for (int tries = 0; tries < 50 && !refused.starts_with("HTTP/1.1 503 "); ++tries)
    {
        let_pass(100ms);
        auto const late = secure.connect();
        BOOST_TEST(late.send(post("/size", 1'000) + std::string(1'000, 'x')));
        refused = late.read_response();
    }
    BOOST_TEST(refused.starts_with("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"), refused);
    for (auto const& each : some)
    {
        BOOST_TEST(each.send("x"));
        BOOST_TEST(each.read_response().ends_with("\r\n\r\n3145728 application/json"));
    }
    auto const last = secure.connect();
    BOOST_TEST(last.send(post("/size", 1'000) + std::string(1'000, 'x')));
    BOOST_TEST(last.read_response().ends_with("1000 application/json"));
}

BOOST_AUTO_TEST_CASE(slow_answers_do_not_delay_others)
{
    secure_server const secure;
    auto const started = steady_clock::now();
    std::vector<client> slow;
    for (int i = 0; i < 20; ++i)
    {
        slow.push_back(secure.connect());
        BOOST_TEST(slow.back().send(post("/slow", 5) + "hello"));
    }
    BOOST_TEST(serves(secure.connect()));
    for (auto const& each : slow)
        BOOST_TEST(is_hello(each.read_response()));
    BOOST_TEST((steady_clock::now() - started >= 100ms));
    BOOST_TEST(waiting == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(many_connections)

BOOST_AUTO_TEST_CASE(idle_connection_is_closed_for_a_new_one_and_a_handshake_is_not)
{
    auto const limit = scaled_limit(500ms);
    secure_server const secure(
        [&](auto& options)
        {
            options.max_connections = 2;
            options.limits.handshake = limit;
        }
    );
    auto const kept = secure.connect();
    BOOST_TEST(serves(kept));
    auto const started = steady_clock::now();
    client const silent(secure.server.port());
    let_pass(50ms);
    auto const third = secure.connect();
    BOOST_TEST(kept.read_all().starts_with("…"));
    BOOST_TEST((steady_clock::now() - started < limit * 4 / 5));
    // Until the time limit of handshakes, both connections in the server must stay open: one is in its
    // handshake, the other has a partial request.
    BOOST_TEST(third.send("GET /"));
    let_pass(20ms);
    auto const fourth = secure.connect();
    BOOST_TEST(serves(fourth));
    BOOST_TEST((steady_clock::now() - started >= limit * 4 / 5));
    BOOST_TEST(silent.read_all().empty());
}

BOOST_AUTO_TEST_CASE(memory_does_not_grow_with_connections)
{
    secure_server const secure;
    auto const serve = [&](int connections)
    {
        for (int i = 0; i < connections; ++i)
            BOOST_TEST_REQUIRE(serves(secure.connect(i % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION)));
    };
    serve(200);
    auto const before = resident();
    serve(1'000);
    auto const grown = resident() - before;
    BOOST_TEST_MESSAGE("grown by " << grown << " bytes in 1,000 connections");
#ifndef __SANITIZE_ADDRESS__  // AddressSanitizer retains freed memory
    BOOST_TEST(grown < 512 * 1024);
#endif
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(stopping)

BOOST_AUTO_TEST_CASE(idle_connections_and_handshakes_are_closed_at_once)
{
    secure_server secure(
        [](auto& options)
        {
            options.grace = long_grace;
            options.limits.handshake = long_grace;
        }
    );
    auto const kept = secure.connect();
    BOOST_TEST(serves(kept));
    client const silent(secure.server.port());
    client const half(secure.server.port());
    BOOST_TEST(half.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"sv));
    let_pass(100ms);
    BOOST_TEST((secure.server.stop() < long_grace));
    BOOST_TEST(secure.server.log().empty(), secure.server.log());
}

BOOST_AUTO_TEST_CASE(stopping_waits_for_a_slow_answer)
{
    secure_server secure([](auto& options) { options.grace = long_grace; });
    auto const one = secure.connect();
    BOOST_TEST(one.send(post("/slower", 0)));
    BOOST_TEST(eventually([] { return waiting == 1 ? verdict(true) : wrong("the handler does not wait"); }));
    secure.server.cancel();
    auto const answered = one.read_all();
    BOOST_TEST(is_hello(answered));
    BOOST_TEST(answered.find("Connection: close") != std::string::npos);
    secure.server.join();
}

BOOST_AUTO_TEST_CASE(connections_in_flight_are_cut_after_the_grace_period)
{
    secure_server secure([](auto& options) { options.grace = 400ms; });
    std::vector<client> some;
    for (int i = 0; i < 5; ++i)
    {
        some.push_back(secure.connect());
        BOOST_TEST(some.back().send(post("/never", 0)));
        some.push_back(secure.connect());
        BOOST_TEST(some.back().ask("/huge"));
        some.push_back(secure.connect());
        BOOST_TEST(some.back().send(post("/size", 100) + "x"));
        some.emplace_back(secure.server.port());
    }
    BOOST_TEST(eventually([] { return waiting == 5 ? verdict(true) : wrong("not all slow handlers wait"); }));
    let_pass(100ms);
    auto const took = secure.server.stop();
    BOOST_TEST((took >= 400ms));
    BOOST_TEST((took < long_grace));
    BOOST_TEST(waiting == 0);
}

BOOST_AUTO_TEST_CASE(server_stops_while_connections_open_and_close)
{
    for (int i = 0; i < 30; ++i)
    {
        secure_server secure(
            [](auto& options)
            {
                options.max_connections = 6;
                options.limits.linger = 50ms;
                options.limits.handshake = 100ms;
                options.grace = 50ms;
            }
        );
        std::vector<client> some;
        for (int k = 0; k < i % 6; ++k)
        {
            some.emplace_back(secure.server.port());
            if (k % 2 == 0 && some.back().handshake())
                some.back().send(k % 4 == 0 ? post("/never", 0) : post("/slow", 0));
        }
        BOOST_TEST((secure.server.stop() < long_grace));
        BOOST_TEST(waiting == 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
