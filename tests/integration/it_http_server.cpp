// Our HTTP server on real sockets of this machine. Nothing here needs a cluster.
#include "harness/eventually.hpp"
#include <tcr/net/http_server.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace
{

namespace asio = boost::asio;

using namespace tcr::test;
using namespace std::chrono_literals;
using steady_clock = std::chrono::steady_clock;
using tcr::net::bind_address;
using tcr::net::http_server;
using tcr::net::server_options;
using tcr::net::server_request;
using tcr::net::server_response;

/// A blocking connection to the server under test, patient for ten seconds.
class client
{
public:
    explicit client(unsigned short port, bool over_ipv6 = false) : socket_(make_socket(over_ipv6))
    {
        connect(port, over_ipv6);
    }

    /// Not connected yet.
    client() : socket_(make_socket(false)) {}
    ~client() { close(socket_); }
    client(client const&) = delete;
    client& operator=(client const&) = delete;
    client(client&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

    void connect(unsigned short port, bool over_ipv6 = false)
    {
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        four.sin_port = htons(port);
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_addr = in6addr_loopback;
        six.sin6_port = htons(port);
        auto const* address =
            over_ipv6 ? reinterpret_cast<sockaddr const*>(&six) : reinterpret_cast<sockaddr const*>(&four);
        if (::connect(socket_, address, over_ipv6 ? sizeof six : sizeof four) != 0)
            throw std::runtime_error("cannot connect");
    }

    /// \return whether the kernel took it all.
    bool send(std::string_view bytes) const
    {
        while (!bytes.empty())
        {
            auto const count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    void end_output() const { shutdown(socket_, SHUT_WR); }

    /// The bytes up to the server's close; "…" at their end where it was a reset or took too long.
    std::string read_all() const
    {
        std::string text;
        char piece[16 * 1024];
        ssize_t count = 0;
        while ((count = recv(socket_, piece, sizeof piece, 0)) > 0)
            text.append(piece, static_cast<std::size_t>(count));
        return count == 0 ? text : text + "…";
    }

    /// One response with its body.
    std::string read_response() const
    {
        std::string text;
        std::size_t whole = std::string::npos;
        char piece[16 * 1024];
        while (text.size() < whole)
        {
            auto const count = recv(socket_, piece, sizeof piece, 0);
            if (count <= 0)
                return text + "…";
            text.append(piece, static_cast<std::size_t>(count));
            auto const end = text.find("\r\n\r\n");
            auto const length = text.find("Content-Length: ");
            if (end != std::string::npos && length < end)
                whole = end + 4 + std::stoul(text.substr(length + 16));
        }
        return text;
    }

    bool ask(std::string_view path = "/x") const
    {
        return send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    }

private:
    static int make_socket(bool over_ipv6)
    {
        int const made = socket(over_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        timeval const patience{10, 0};
        setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        return made;
    }

    int socket_;
};

/// Far more than a busy machine takes for anything here: what should not need the grace must end before it.
constexpr std::chrono::seconds long_grace{20};

constexpr std::size_t huge = 32 * 1024 * 1024;

server_response answer(server_request const& request)
{
    if (request.path == "/throw")
        throw std::runtime_error("no such luck");
    server_response response;
    response.body = request.path == "/huge" ? std::string(huge, 'x') : "hello";
    return response;
}

bool is_hello(std::string const& response)
{
    return response.starts_with("HTTP/1.1 200 OK\r\n") && response.ends_with("\r\n\r\nhello");
}

/// A server on a loop of its own thread.
class running
{
public:
    explicit running(server_options options = {}, std::string host = {})
        : log_(log_file_),
          server_(
              http_server::listen(loop_.get_executor(), {std::move(host), 0}, answer, log_, options).value()
          )
    {
        auto ended = [this](std::exception_ptr why) { ended_.set_value(why); };
        asio::co_spawn(loop_, server_->run(), asio::bind_cancellation_slot(stop_.slot(), std::move(ended)));
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~running()
    {
        if (thread_.joinable())
            stop();
        std::fclose(log_file_);
    }
    running(running const&) = delete;
    running& operator=(running const&) = delete;

    unsigned short port() const { return server_->port(); }
    client connect() const { return client(port()); }

    /// Cancels it, without waiting.
    void cancel()
    {
        asio::post(loop_, [this] { stop_.emit(asio::cancellation_type::terminal); });
    }

    /// Cancels it and waits for its end. \return how long that took.
    steady_clock::duration stop()
    {
        auto const begun = steady_clock::now();
        cancel();
        join();
        return steady_clock::now() - begun;
    }

    /// Waits for its end, which must be that of a cancelled one and leave no work.
    void join()
    {
        auto end = ended_.get_future();
        BOOST_TEST_REQUIRE((end.wait_for(long_grace) == std::future_status::ready));
        auto const is_aborted = [](boost::system::system_error const& e)
        { return e.code() == asio::error::operation_aborted; };
        BOOST_CHECK_EXCEPTION(std::rethrow_exception(end.get()), boost::system::system_error, is_aborted);
        thread_.join();
    }

    std::string log() const
    {
        std::fflush(log_file_);
        std::string text(static_cast<std::size_t>(std::max(std::ftell(log_file_), 0L)), '\0');
        auto const count = pread(fileno(log_file_), text.data(), text.size(), 0);
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        return text;
    }

private:
    std::FILE* log_file_ = std::tmpfile();
    asio::io_context loop_{1};
    tcr::logger log_;
    std::unique_ptr<http_server> server_;
    asio::cancellation_signal stop_;
    std::promise<std::exception_ptr> ended_;
    std::thread thread_;
};

bool has_ipv6()
{
    return std::ifstream("/proc/net/if_inet6").peek() != std::ifstream::traits_type::eof();
}

bool is_listening(unsigned short port)
{
    try
    {
        client const probe(port);
        return true;
    }
    catch (std::runtime_error const&)
    {
        return false;
    }
}

/// Bytes of this process in memory.
double resident()
{
    std::ifstream statm("/proc/self/statm");
    double pages = 0;
    statm >> pages >> pages;
    return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listening)

BOOST_AUTO_TEST_CASE(without_a_host_it_takes_ipv4_and_ipv6)
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

BOOST_AUTO_TEST_CASE(with_a_host_it_takes_that_address_only)
{
    running const server({}, "127.0.0.1");
    client const four(server.port());
    BOOST_TEST(four.ask());
    BOOST_TEST(is_hello(four.read_response()));
    if (has_ipv6())
        BOOST_CHECK_THROW(client(server.port(), true), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_named)
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

BOOST_AUTO_TEST_CASE(an_address_of_another_machine_is_named)
{
    asio::io_context loop(1);
    tcr::logger log(stderr);
    // RFC 5737: an address that is nobody's.
    auto const other = http_server::listen(loop.get_executor(), {"192.0.2.1", 0}, answer, log);
    BOOST_TEST_REQUIRE(other.has_error());
    BOOST_TEST(other.error().message() == "cannot listen on 192.0.2.1:0: Cannot assign requested address");
}

BOOST_AUTO_TEST_CASE(a_port_is_free_again_as_soon_as_its_server_has_stopped)
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
    // Those that wait are let in as others have been served, and no request is lost.
    std::size_t served = 0;
    for (auto const& each : all)
        served += is_hello(each.read_response()) ? 1 : 0;
    BOOST_TEST(served == 200u);
    BOOST_TEST(server.log().empty(), server.log());
}

BOOST_AUTO_TEST_CASE(an_idle_connection_gives_way_only_to_another)
{
    server_options options;
    options.most_connections = 2;
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

BOOST_AUTO_TEST_CASE(where_all_are_busy_a_new_connection_waits)
{
    server_options options;
    options.most_connections = 2;
    options.limits.request = 500ms;
    running const server(options);
    auto const begun = steady_clock::now();
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
    BOOST_TEST((steady_clock::now() - begun >= 400ms));
}

BOOST_AUTO_TEST_CASE(a_slow_client_is_cut_by_its_limit)
{
    server_options options;
    options.limits.request = 400ms;
    running const server(options);
    auto const slow = server.connect();
    auto const begun = steady_clock::now();
    BOOST_TEST(slow.send("GET / HTTP/1.1\r\nHost: h\r\n"));
    for (int i = 0; i < 100 && slow.send("a: b\r\n"); ++i)
    {
        // Others do not notice.
        auto const other = server.connect();
        BOOST_TEST(other.ask());
        BOOST_TEST(is_hello(other.read_response()));
        let_pass(30ms);
        if (steady_clock::now() - begun > 600ms)
            break;
    }
    auto const answered = slow.read_response();
    BOOST_TEST(answered.starts_with("HTTP/1.1 408 Request Timeout\r\n"), answered);
    BOOST_TEST((steady_clock::now() - begun < 5s));
}

BOOST_AUTO_TEST_CASE(a_client_that_has_ended_its_output_is_answered)
{
    running const server;
    auto const one = server.connect();
    BOOST_TEST(one.ask());
    one.end_output();
    BOOST_TEST(is_hello(one.read_all()));
}

BOOST_AUTO_TEST_CASE(a_refused_client_that_is_still_sending_gets_to_read_why)
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
            auto const* const line = " warning an HTTP connection failed why=\"no such luck\" left_out=0\n";
            return log.find(line) != std::string::npos ? verdict(true) : wrong(log);
        }
    ));
    auto const other = server.connect();
    BOOST_TEST(other.ask());
    BOOST_TEST(is_hello(other.read_response()));
}

BOOST_AUTO_TEST_CASE(a_lack_of_file_descriptors_is_waited_out)
{
    running const server;
    client late;
    // Any descriptor from here on is refused.
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
    auto const* const line = " warning cannot accept a connection why=\"Too many open files\" left_out=0\n";
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
#ifndef __SANITIZE_ADDRESS__  // which keeps what was freed
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

BOOST_AUTO_TEST_CASE(a_response_under_way_is_written_to_its_end)
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

BOOST_AUTO_TEST_CASE(a_response_that_nobody_reads_is_cut_after_the_grace)
{
    server_options options;
    options.grace = 400ms;
    running server(options);
    auto const deaf = server.connect();
    BOOST_TEST(deaf.ask("/huge"));
    auto const half = server.connect();
    BOOST_TEST(half.send("GET /"));
    let_pass(200ms);
    auto const took = server.stop();
    BOOST_TEST((took >= 400ms));
    BOOST_TEST((took < long_grace));
    BOOST_TEST(deaf.read_all().size() < huge);
}

BOOST_AUTO_TEST_CASE(a_second_cancellation_ends_the_grace)
{
    server_options options;
    options.grace = long_grace;
    options.limits.write = long_grace;
    running server(options);
    auto const deaf = server.connect();
    BOOST_TEST(deaf.ask("/huge"));
    let_pass(200ms);
    server.cancel();
    // Two cancellations before the first is seen are one.
    BOOST_TEST(
        eventually([&] { return is_listening(server.port()) ? wrong("it still listens") : verdict(true); })
    );
    BOOST_TEST((server.stop() < long_grace));
}

BOOST_AUTO_TEST_CASE(it_can_be_stopped_while_connections_come_and_go)
{
    for (int i = 0; i < 30; ++i)
    {
        server_options options;
        options.most_connections = 4;
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
