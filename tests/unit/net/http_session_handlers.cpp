// SPDX-License-Identifier: Apache-2.0

// Tests of HTTP sessions: the requests that handlers receive, slow handlers, and the memory limit for bodies.
#include "http_session.hpp"
#include "net/scripted_stream.hpp"
#include "run_coroutine.hpp"

#include <boost/asio/this_coro.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace http_session_handlers_test
{

namespace asio = boost::asio;

using namespace std::string_literals;
using namespace std::chrono_literals;
using tcr::task;
using tcr::net::http_router;
using tcr::net::request_handler;
using tcr::net::server_request;
using tcr::net::server_response;
using tcr::net::session_limits;
using tcr::net::session_list;
using tcr::test::hand_run;
using tcr::test::scripted_stream;

using session = tcr::net::http_session<scripted_stream&>;

std::string const get = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

std::string post(std::string_view body, std::string_view headers = {})
{
    return "POST /x HTTP/1.1\r\nHost: h\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

server_response with_body(std::string body)
{
    server_response response;
    response.body = std::move(body);
    return response;
}

/// A server with several connections, on a loop that the test runs step by step. Each connection has its own
/// script.
struct environment
{
    explicit environment(request_handler ask = {}) : handler(std::move(ask))
    {
        limits.body = 100;
        limits.request = limits.write = limits.idle = limits.linger = 1h;
    }
    ~environment()
    {
        all.cut();
        turn();
    }
    environment(environment const&) = delete;
    environment& operator=(environment const&) = delete;

    struct connection
    {
        connection(environment& of, std::vector<std::string> pieces)
            : stream(of.loop.get_executor(), std::move(pieces), asio::error::eof),
              served(std::make_unique<session>(stream, of.handler, of.limits, of.all))
        {
        }

        scripted_stream stream;
        std::unique_ptr<session> served;
        std::exception_ptr failure;
        bool has_ended = false;
        asio::cancellation_signal stop;
    };

    /// Starts to serve a connection. The operation number `held` does not complete; by default all complete.
    connection& add(std::vector<std::string> pieces, std::size_t held = 1000)
    {
        auto& added = *connections.emplace_back(std::make_unique<connection>(*this, std::move(pieces)));
        added.stream.hold_at(held);
        auto ended = [&added](std::exception_ptr why)
        {
            added.has_ended = true;
            added.failure = why;
        };
        asio::co_spawn(
            loop, added.served->run(), asio::bind_cancellation_slot(added.stop.slot(), std::move(ended))
        );
        turn();
        return added;
    }

    void turn()
    {
        loop.restart();
        loop.poll();
    }

    asio::io_context loop{1};
    session_list all{loop.get_executor(), 100};
    session_limits limits;
    request_handler handler;
    std::vector<std::unique_ptr<connection>> connections;
};

/// Lets a handler wait until the test cancels `timer`.
struct gate
{
    explicit gate(asio::io_context& loop) : timer(loop, asio::steady_timer::time_point::max()) {}

    task<server_response> pass(server_request const& request)
    {
        ++waiting;
        struct at_end
        {
            int& of;
            ~at_end() { --of; }
        } const note{waiting};
        co_await timer.async_wait(tcr::use_tuple);
        // If the handler was cancelled, this operation throws.
        co_await asio::post(asio::use_awaitable);
        if (request.path == "/throw")
            throw std::runtime_error("no such luck");
        ++passed;
        co_return with_body("slowly " + request.path + " " + request.body);
    }

    asio::steady_timer timer;
    int waiting = 0;
    int passed = 0;
};

/// An environment whose handler waits at the gate `shut`.
struct slow_environment : environment
{
    slow_environment()
    {
        handler =
            tcr::net::request_handler([this](server_request const& request) { return shut.pass(request); });
    }
    ~slow_environment()
    {
        all.cut();
        turn();
        BOOST_TEST(shut.waiting == 0);
    }

    gate shut{loop};
};

BOOST_AUTO_TEST_SUITE(slow_handlers)

BOOST_FIXTURE_TEST_CASE(a_slow_answer_is_written_when_it_is_there, slow_environment)
{
    auto const& one = add({post("body"), get});
    BOOST_TEST(shut.waiting == 1);
    BOOST_TEST(one.stream.written().empty());
    BOOST_TEST(!one.served->is_idle());
    shut.timer.cancel_one();
    turn();
    BOOST_TEST(one.stream.written().ends_with("\r\n\r\nslowly /x body"));
    BOOST_TEST(one.stream.written().find("Connection: keep-alive") != std::string::npos);
    // The server handles the next request only after the first response.
    BOOST_TEST(shut.waiting == 1);
    shut.timer.cancel_one();
    turn();
    BOOST_TEST(one.stream.written().ends_with("\r\n\r\nslowly /x "));
    BOOST_TEST(shut.passed == 2);
    BOOST_TEST(one.has_ended);
    BOOST_TEST((one.failure == nullptr));
}

BOOST_FIXTURE_TEST_CASE(others_are_served_while_one_waits, slow_environment)
{
    auto const slow = std::move(handler);
    handler = [&](server_request const& request) -> tcr::net::server_answer
    {
        if (request.path == "/slow")
            return slow(request);
        return with_body("at once");
    };
    auto const& one = add({"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n"});
    auto const& other = add({get});
    BOOST_TEST(other.stream.written().ends_with("at once"));
    BOOST_TEST(one.stream.written().empty());
    shut.timer.cancel();
    turn();
    BOOST_TEST(one.stream.written().ends_with("slowly /slow "));
}

BOOST_FIXTURE_TEST_CASE(an_exception_of_a_slow_handler_is_answered_and_thrown, slow_environment)
{
    auto const& one = add({"GET /throw HTTP/1.1\r\nHost: h\r\n\r\n" + get});
    shut.timer.cancel();
    turn();
    BOOST_TEST(one.stream.written().starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    BOOST_TEST(one.has_ended);
    BOOST_CHECK_THROW(std::rethrow_exception(one.failure), std::runtime_error);
}

BOOST_FIXTURE_TEST_CASE(an_exception_before_the_coroutine_is_one_as_well, slow_environment)
{
    handler = [](server_request const&) -> task<server_response> { throw std::logic_error("none"); };
    auto const& one = add({get});
    BOOST_TEST(one.stream.written().starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    BOOST_CHECK_THROW(std::rethrow_exception(one.failure), std::logic_error);
}

BOOST_FIXTURE_TEST_CASE(a_slow_handler_ends_with_its_session, slow_environment)
{
    auto const& cut = add({get});
    auto& cancelled = add({get});
    auto const& other = add({get});
    BOOST_TEST(shut.waiting == 3);
    cut.served->cut();
    turn();
    BOOST_TEST(cut.has_ended);
    BOOST_TEST((cut.failure == nullptr));
    BOOST_TEST(cut.stream.written().empty());
    cancelled.stop.emit(asio::cancellation_type::terminal);
    turn();
    BOOST_TEST(cancelled.has_ended);
    BOOST_TEST(cancelled.stream.written().empty());
    BOOST_TEST(shut.waiting == 1);
    BOOST_TEST(!other.has_ended);
}

BOOST_FIXTURE_TEST_CASE(a_slow_handler_can_be_cut_after_any_step, slow_environment)
{
    for (std::size_t steps = 0, was_passed = 0; was_passed == 0; ++steps)
        BOOST_TEST_CONTEXT("steps " << steps)
        {
            BOOST_TEST_REQUIRE(steps < 1000u);
            scripted_stream stream(loop.get_executor(), {get}, asio::error::eof);
            session served(stream, handler, limits, all);
            bool has_ended = false;
            asio::co_spawn(loop, served.run(), [&](std::exception_ptr) { has_ended = true; });
            loop.restart();
            for (std::size_t i = 0; i < steps && !has_ended; ++i)
            {
                loop.poll_one();
                if (shut.waiting == 1)
                    shut.timer.cancel();
            }
            was_passed = has_ended;
            served.cut();
            turn();
            BOOST_TEST_REQUIRE(has_ended);
            BOOST_TEST(shut.waiting == 0);
        }
}

BOOST_FIXTURE_TEST_CASE(a_finishing_session_waits_for_its_slow_answer, slow_environment)
{
    auto const& one = add({get, get});
    all.finish();
    turn();
    BOOST_TEST(!one.has_ended);
    shut.timer.cancel();
    turn();
    BOOST_TEST(one.stream.written().find("Connection: close") != std::string::npos);
    BOOST_TEST(one.has_ended);
    BOOST_TEST(shut.passed == 1);
}

BOOST_FIXTURE_TEST_CASE(a_router_has_both_kinds, slow_environment)
{
    http_router router;
    router.get("/fast", [](server_request const&) { return with_body("fast"); });
    router.post("/slow", [this](server_request const& request) { return shut.pass(request); });
    tcr::net::request_handler const fast = [](server_request const&) { return with_body("fast post"); };
    tcr::net::request_handler const slow = [this](server_request const& request)
    { return shut.pass(request); };
    router.post("/fast", fast);
    router.get("/slow", slow);
    handler = router;
    auto const ask = [this](std::string const& line)
    { return add({line + " HTTP/1.1\r\nHost: h\r\n\r\n"}).stream.written(); };
    BOOST_TEST(ask("GET /fast").ends_with("fast"));
    BOOST_TEST(ask("POST /fast").ends_with("fast post"));
    BOOST_TEST(ask("PUT /slow").find("Allow: GET, HEAD, POST\r\n") != std::string::npos);
    BOOST_TEST(ask("GET /none").starts_with("HTTP/1.1 404 "));
    BOOST_TEST(shut.waiting == 0);
    BOOST_TEST(ask("POST /slow").empty());
    BOOST_TEST(ask("GET /slow").empty());
    BOOST_TEST(shut.waiting == 2);
    shut.timer.cancel();
    turn();
    for (std::size_t i = 4; i < 6; ++i)
        BOOST_TEST(connections[i]->stream.written().ends_with("slowly /slow "));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(what_handlers_see)

BOOST_AUTO_TEST_CASE(the_media_type_comes_alone_and_in_lower_case)
{
    std::string seen = "none";
    environment one([&](server_request const& request) { return with_body(seen = request.content_type); });
    auto const see = [&](std::string const& header)
    {
        one.add({post("x", header)});
        return seen;
    };
    BOOST_TEST(see("") == "");
    BOOST_TEST(see("Content-Type: application/json\r\n") == "application/json");
    BOOST_TEST(see("content-type:Application/JSON; charset=utf-8\r\n") == "application/json");
    BOOST_TEST(see("Content-Type: text/plain ;charset=\"a;b\"\r\n") == "text/plain");
    BOOST_TEST(see("Content-Type: \r\n") == "");
    BOOST_TEST(see("Content-Type: ;\r\n") == "");
}

BOOST_AUTO_TEST_CASE(a_request_begins_at_its_first_byte)
{
    std::vector<std::chrono::steady_clock::time_point> starts;
    environment one(
        [&](server_request const& request)
        {
            starts.push_back(request.started_at);
            return with_body("x");
        }
    );
    auto const before = std::chrono::steady_clock::now();
    one.add({"G", get.substr(1) + get + "GET", get.substr(3)});
    auto const after = std::chrono::steady_clock::now();
    BOOST_TEST_REQUIRE(starts.size() == 3u);
    BOOST_TEST((before <= starts[0]));
    BOOST_TEST((starts[0] < starts[1]));
    // The last piece of the first request also contained the second request and the beginning of the third.
    BOOST_TEST((starts[1] == starts[2]));
    BOOST_TEST((starts[2] <= after));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(room_for_bodies)

bool is_refused(std::string const& written)
{
    return written.starts_with("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n") &&
           written.find("Connection: close\r\n") != std::string::npos &&
           written.ends_with("\r\n\r\n503 Service Unavailable\n");
}

std::string const sixty = std::string(60, 'x');
std::string const forty = std::string(40, 'x');

BOOST_FIXTURE_TEST_CASE(bodies_in_flight_share_the_budget, slow_environment)
{
    add({post(sixty)});
    BOOST_TEST(is_refused(add({post(sixty)}).stream.written()));
    BOOST_TEST(is_refused(add({post(forty + "x")}).stream.written()));
    add({post(forty)});
    BOOST_TEST(is_refused(add({post("x")}).stream.written()));
    BOOST_TEST(shut.waiting == 2);
    // A request without a body is handled even if the memory for bodies is used up.
    add({get});
    BOOST_TEST(shut.waiting == 3);
}

BOOST_FIXTURE_TEST_CASE(a_connections_own_limit_goes_first, slow_environment)
{
    auto const& over = add({post(std::string(101, 'x'))});
    BOOST_TEST(over.stream.written().starts_with("HTTP/1.1 413 "), over.stream.written());
}

BOOST_FIXTURE_TEST_CASE(only_what_has_come_is_counted, slow_environment)
{
    auto const whole = post(sixty);
    // The client sends the header but not the body.
    add({whole.substr(0, whole.size() - 60)}, 1);
    add({whole.substr(0, whole.size() - 60)}, 1);
    // The client sends half of the body.
    add({whole.substr(0, whole.size() - 30)}, 1);
    add({post(sixty)});
    BOOST_TEST(shut.waiting == 1);
    BOOST_TEST(is_refused(add({post("12345678901")}).stream.written()));
}

BOOST_AUTO_TEST_CASE(a_body_is_refused_when_others_have_used_up_the_budget)
{
    tcr::net::body_budget bodies(100);
    {
        server_request request;
        tcr::net::request_parser parser(request, 1000, 100, bodies);
        boost::system::error_code ec;
        auto const put = [&](std::string const& bytes)
        {
            for (std::size_t used = 0; used < bytes.size() && !ec;)
                used += parser.put(asio::buffer(bytes) + used, ec);
        };
        auto const whole = post(sixty);
        put(whole.substr(0, whole.size() - 30));
        BOOST_TEST(!ec);
        BOOST_TEST(parser.refusal() == 0u);
        bodies.take(60);
        put(std::string(30, 'x'));
        BOOST_TEST(parser.status_of(ec) == 503u);
        BOOST_TEST(!bodies.has_room_for(11));
        bodies.give_back(60);
        BOOST_TEST(!bodies.has_room_for(71));
    }
    BOOST_TEST(bodies.has_room_for(100));
    BOOST_TEST(!bodies.has_room_for(101));
}

BOOST_AUTO_TEST_CASE(a_body_takes_no_room_once_its_answer_is_made)
{
    environment one([](server_request const&) { return with_body("x"); });
    // The memory of a body must be free again in all cases: the response is not received (held 1), the
    // connection waits for a request (held 2), the body is incomplete, or the session is cut while it reads
    // the body.
    auto const whole = post(std::string(100, 'x'));
    for (std::size_t held : {1u, 2u})
        BOOST_TEST(!is_refused(one.add({whole}, held).stream.written()));
    BOOST_TEST(one.add({"POST /x HTTP/1.1\r\nContent-Length: 50\r\n\r\n" + sixty}).has_ended);
    auto& half = one.add({whole.substr(0, whole.size() - 1)}, 1);
    BOOST_TEST(is_refused(one.add({post("xx")}).stream.written()));
    half.served->cut();
    one.turn();
    BOOST_TEST(half.has_ended);
    BOOST_TEST(one.add({whole}).stream.written().starts_with("HTTP/1.1 200 "));
}

BOOST_FIXTURE_TEST_CASE(a_slow_answers_body_takes_room_until_it_is_made, slow_environment)
{
    auto& first = add({post(sixty)});
    BOOST_TEST(is_refused(add({post(sixty)}).stream.written()));
    shut.timer.cancel();
    turn();
    BOOST_TEST(first.stream.written().ends_with("slowly /x " + sixty));
    add({post(sixty)});
    BOOST_TEST(shut.waiting == 1);
}

BOOST_FIXTURE_TEST_CASE(a_client_that_would_be_refused_gets_no_100_continue, slow_environment)
{
    add({post(sixty)});
    auto const& one =
        add({"POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 60\r\n\r\n", sixty});
    BOOST_TEST(is_refused(one.stream.written()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace http_session_handlers_test
