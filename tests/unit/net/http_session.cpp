// SPDX-License-Identifier: Apache-2.0
#include "http_session.hpp"

#include "net/scripted_stream.hpp"
#include "run_coroutine.hpp"

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace http_session_test
{

namespace asio = boost::asio;

using namespace std::string_literals;
using namespace std::chrono_literals;
using boost::system::error_code;
using tcr::task;
using tcr::net::server_request;
using tcr::net::server_response;
using tcr::net::session_limits;
using tcr::net::session_list;
using tcr::net::session_state;
using tcr::test::byte_by_byte;
using tcr::test::hand_run;
using tcr::test::scripted_stream;

using session = tcr::net::http_session<scripted_stream&>;

/// One connection with its handler, and the results of the session and the handler.
struct environment
{
    explicit environment(std::vector<std::string> from_client = {}, error_code then = asio::error::eof)
        : pieces(std::move(from_client)), last(then)
    {
    }

    std::vector<std::string> pieces;
    error_code last;
    session_limits limits;
    std::function<void(scripted_stream&)> prepare = [](auto&) {};

    std::vector<server_request> asked;
    std::string written;
    std::size_t operations = 0;
    bool is_output_ended = false;
    session_state* open = nullptr;
    session_list* list = nullptr;
    std::size_t max_body_bytes = 1'000'000;
    tcr::net::request_handler handler;  ///< if empty, `answer` handles requests

    server_response answer(server_request const& request)
    {
        asked.push_back(request);
        server_response response;
        if (request.path == "/throw")
            throw std::runtime_error("no such luck");
        if (request.path == "/empty")
            response.status = 204;
        else if (request.path == "/json")
        {
            response.content_type = "application/json";
            response.headers = "X-Extra: 1\r\n";
            response.body = "{}";
        }
        else
            response.body = request.method + " " + request.path + "|" + request.query + "|" + request.body;
        return response;
    }

    /// Serves the connection. A coroutine function for `hand_run`.
    task<void> serve()
    {
        auto const executor = co_await asio::this_coro::executor;
        scripted_stream stream(executor, pieces, last);
        prepare(stream);
        session_list all(executor, max_body_bytes);
        struct at_end
        {
            environment& of;
            scripted_stream& stream;
            ~at_end()
            {
                of.written = stream.written();
                of.operations = stream.operations();
                of.is_output_ended = stream.is_output_ended();
                of.open = nullptr;
            }
        } const note{*this, stream};
        tcr::net::request_handler ask = handler;
        if (!ask)
            ask = [this](server_request const& request) { return answer(request); };
        session served(stream, ask, limits, all);
        open = &served;
        list = &all;
        co_await served.run();
    }

    /// Serves until the session ends. The test fails if the session waits.
    std::string run()
    {
        hand_run const ended([this]() { return serve(); });
        BOOST_TEST_REQUIRE(ended.has_ended());
        if (ended.failure())
            std::rethrow_exception(ended.failure());
        return written;
    }
};

std::string written_for(std::vector<std::string> pieces)
{
    environment one(std::move(pieces));
    return one.run();
}

std::string response(std::string_view body, bool is_kept = true)
{
    return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\nConnection: " + (is_kept ? "keep-alive" : "close") +
           "\r\n\r\n" + std::string(body);
}

std::string refusal(std::string const& text)
{
    return "HTTP/1.1 " + text + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
           std::to_string(text.size() + 1) + "\r\nConnection: close\r\n\r\n" + text + "\n";
}

/// A request and the expected response.
struct example
{
    std::string request;
    std::string response;
    bool is_kept = true;
};

std::vector<example> const& examples()
{
    static std::vector<example> const all = {
        {"GET /x HTTP/1.1\r\nHost: h\r\n\r\n", response("GET /x||")},
        {"GET /x?a=b&c=%20 HTTP/1.1\r\nhost: h\r\nUser-Agent: kube-probe/1.30\r\nAccept: */*\r\n\r\n",
         response("GET /x|a=b&c=%20|")},
        {"GET /x? HTTP/1.1\r\nHost:\r\n\r\n", response("GET /x||")},
        {"GET http://h:8080/x?y HTTP/1.1\r\nHost: h\r\n\r\n", response("GET /x|y|")},
        {"GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", response("GET /||")},
        {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", response("OPTIONS *||")},
        {"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", response("POST /x||hello")},
        {"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", response("POST /x||")},
        {"BREW /x HTTP/1.1\r\nHost: h\r\n\r\n", response("BREW /x||")},
        {"GET /empty HTTP/1.1\r\nHost: h\r\n\r\n",
         "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n"},
        {"GET /json HTTP/1.1\r\nHost: h\r\n\r\n",
         "HTTP/1.1 200 OK\r\nX-Extra: 1\r\nContent-Type: application/json\r\nContent-Length: "
         "2\r\nConnection: "
         "keep-alive\r\n\r\n{}"},
        {"HEAD /json HTTP/1.1\r\nHost: h\r\n\r\n",
         "HTTP/1.1 200 OK\r\nX-Extra: 1\r\nContent-Type: application/json\r\nContent-Length: "
         "2\r\nConnection: "
         "keep-alive\r\n\r\n"},
        {"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", response("GET /x||", false), false},
        {"GET /x HTTP/1.1\r\nHost: h\r\nConnection: Keep-Alive, CLOSE\r\n\r\n",
         response("GET /x||", false),
         false},
        {"GET /x HTTP/1.0\r\n\r\n", response("GET /x||", false), false},
        {"GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", response("GET /x||")},
        {"GET /x HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", response("GET /x||", false), false},
        {"GET /x HTTP/1.0\r\nExpect: miracles\r\n\r\n", response("GET /x||", false), false},
    };
    return all;
}

/// Checks the response to an example that arrives in these pieces. If the connection stays open, also checks
/// the response to another request.
void check(example const& each, std::vector<std::string> pieces)
{
    environment one(std::move(pieces));
    one.limits.body = 5;
    one.pieces.emplace_back("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST(one.run() == each.response + (each.is_kept ? response("GET /next||") : ""));
    BOOST_TEST(one.asked.size() == (each.is_kept ? 2u : 1u));
    BOOST_TEST(one.is_output_ended == !each.is_kept);
}

std::string const get = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
std::string const got = response("GET /x||");

BOOST_AUTO_TEST_SUITE(http_session_requests)

BOOST_AUTO_TEST_CASE(headers_are_kept_if_requested)
{
    for (bool const is_asked_for : {false, true})
    {
        environment one({"GET / HTTP/1.1\r\nHost: h\r\nX-Some: A b \r\n\r\n"});
        one.limits.keep_headers = is_asked_for;
        one.run();
        BOOST_TEST_REQUIRE(one.asked.size() == 1u);
        auto const& headers = one.asked[0].headers;
        BOOST_TEST_REQUIRE(headers.size() == (is_asked_for ? 2u : 0u));
        if (is_asked_for)
        {
            BOOST_TEST(headers[1].first == "x-some");
            BOOST_TEST(headers[1].second == "A b");
        }
    }
}

BOOST_AUTO_TEST_CASE(each_request_is_served_in_one_piece)
{
    for (auto const& each : examples())
        BOOST_TEST_CONTEXT(each.request)
        {
            check(each, {each.request});
        }
}

BOOST_AUTO_TEST_CASE(each_request_is_served_byte_by_byte)
{
    for (auto const& each : examples())
        BOOST_TEST_CONTEXT(each.request)
        {
            check(each, byte_by_byte(each.request));
        }
}

BOOST_AUTO_TEST_CASE(each_request_is_served_in_any_two_pieces)
{
    for (auto const& each : examples())
        for (std::size_t cut = 1; cut < each.request.size(); ++cut)
            BOOST_TEST_CONTEXT(each.request << " cut at " << cut)
            {
                check(each, {each.request.substr(0, cut), each.request.substr(cut)});
            }
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_one_by_one_in_their_order)
{
    std::string requests;
    std::string responses;
    for (int i = 0; i < 700; ++i)
    {
        auto const path = "/" + std::to_string(i);
        requests += "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
        responses += response("GET " + path + "||");
    }
    BOOST_TEST(requests.size() > 2 * tcr::net::read_buffer_size);
    BOOST_TEST((written_for({requests}) == responses));
    BOOST_TEST((written_for(byte_by_byte(requests)) == responses));
}

BOOST_AUTO_TEST_CASE(nothing_after_the_last_request_is_served)
{
    auto const last = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"s;
    BOOST_TEST(written_for({get + last + get, get}) == got + response("GET /x||", false));
}

BOOST_AUTO_TEST_CASE(a_pipelined_request_with_a_body)
{
    environment one;
    one.pieces = {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" + get};
    one.limits.body = 3;
    BOOST_TEST(one.run() == response("POST /a||abc") + got);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_not_read_from_either)
{
    environment one({get, get, get});
    one.prepare = [](auto& stream) { stream.hold_at(1); };
    hand_run run([&]() { return one.serve(); });
    BOOST_TEST(!run.has_ended());
    BOOST_TEST(one.asked.size() == 1u);
    one.open->cut();
    BOOST_TEST_REQUIRE(run.turn());
    BOOST_TEST(one.operations == 2u);
}

BOOST_AUTO_TEST_CASE(a_connection_closed_by_the_client_is_no_error)
{
    BOOST_TEST(written_for({}).empty());
    for (std::size_t cut = 1; cut < get.size(); ++cut)
        BOOST_TEST(written_for({get.substr(0, cut)}).empty());
    environment one({get}, asio::error::connection_reset);
    BOOST_TEST(one.run() == got);
    BOOST_TEST(!one.is_output_ended);
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_handler_is_answered_and_thrown)
{
    environment one({"GET /throw HTTP/1.1\r\nHost: h\r\n\r\n" + get});
    BOOST_CHECK_EXCEPTION(
        one.run(), std::runtime_error, [](auto const& e) { return e.what() == "no such luck"s; }
    );
    BOOST_TEST(one.written == refusal("500 Internal Server Error"));
    BOOST_TEST(one.is_output_ended);
    BOOST_TEST(one.asked.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_session_refusals)

/// Checks that the server refuses the request with `status`, does not call the handler, and closes the
/// connection. The request arrives whole and then byte by byte.
void check_refused(std::string const& wire, std::string const& status, std::size_t body_limit = 0)
{
    for (auto pieces : {std::vector{wire}, byte_by_byte(wire)})
        BOOST_TEST_CONTEXT(wire.substr(0, 200))
        {
            environment one(std::move(pieces));
            one.limits.body = body_limit;
            one.pieces.push_back(get);
            BOOST_TEST(one.run() == refusal(status));
            BOOST_TEST(one.asked.empty());
            BOOST_TEST(one.is_output_ended);
        }
}

BOOST_AUTO_TEST_CASE(what_is_no_request)
{
    for (auto const& wire :
         {"garbage\r\n\r\n"s,
          std::string(40, '\0') + "\r\n\r\n",
          "\x16\x03\x01\x02\x02\x01 a TLS hello\r\n\r\n"s,
          "GET  /x HTTP/1.1\r\nHost: h\r\n\r\n"s,
          "GET /x HTTP/2.0\r\nHost: h\r\n\r\n"s,
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s,
          "GET /x\r\n\r\n"s,
          "GET /x HTTP/1.1\r\nno colon\r\n\r\n"s,
          "GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: many\r\n\r\n"s,
          "GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n"s,
          "GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"s,
          "GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
          "GET /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n"s})
        check_refused(wire, "400 Bad Request");
}

BOOST_AUTO_TEST_CASE(what_names_no_host_or_target_of_ours)
{
    for (auto const& wire :
         {"GET /x HTTP/1.1\r\n\r\n"s,
          "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"s,
          "GET x HTTP/1.1\r\nHost: h\r\n\r\n"s,
          "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"s,
          "GET *x HTTP/1.1\r\nHost: h\r\n\r\n"s,
          "GET ftp://h/x HTTP/1.1\r\nHost: h\r\n\r\n"s})
        check_refused(wire, "400 Bad Request");
}

BOOST_AUTO_TEST_CASE(a_body_of_unknown_length)
{
    for (auto const& encoding : {"chunked"s, "gzip, chunked"s, "gzip"s, "identity"s})
        check_refused(
            "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " + encoding + "\r\n\r\n0\r\n\r\n",
            "411 Length Required",
            1000
        );
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit)
{
    check_refused("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na", "413 Payload Too Large");
    check_refused(
        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nhello!", "413 Payload Too Large", 5
    );
    check_refused(
        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n",
        "413 Payload Too Large",
        5
    );
    check_refused(
        "POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n",
        "413 Payload Too Large",
        5
    );
}

BOOST_AUTO_TEST_CASE(an_expectation_that_is_not_known)
{
    check_refused("GET /x HTTP/1.1\r\nHost: h\r\nExpect: miracles\r\n\r\n", "417 Expectation Failed");
}

BOOST_AUTO_TEST_CASE(a_header_over_the_limit)
{
    auto const with_header = [](std::size_t size)
    {
        std::string wire = "GET /x HTTP/1.1\r\nHost: h\r\n";
        while (wire.size() + 102 < size)
            wire += "X: " + std::string(95, 'a') + "\r\n";
        return wire + "Y:" + std::string(size - wire.size() - 6, 'b') + "\r\n\r\n";
    };
    for (std::size_t limit : {200u, 1000u, 8192u})
        for (bool in_pieces : {false, true})
        {
            auto const serve = [&](std::string const& wire)
            {
                environment one;
                one.pieces = in_pieces ? byte_by_byte(wire) : std::vector{wire};
                one.limits.header = limit;
                return one.run();
            };
            BOOST_TEST_REQUIRE(with_header(limit).size() == limit);
            BOOST_TEST(serve(with_header(limit)) == got);
            BOOST_TEST(serve(with_header(limit + 1)) == refusal("431 Request Header Fields Too Large"));
        }
    auto const too_large = "431 Request Header Fields Too Large";
    check_refused("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", too_large);
    check_refused("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", too_large);
    check_refused(std::string(9000, 'G'), too_large);
    std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
    while (many.size() < 9000)
        many += "a:b\r\n";
    check_refused(many + "\r\n", too_large);
}

BOOST_AUTO_TEST_CASE(what_follows_a_refused_request_is_taken_up_to_a_limit)
{
    environment one;
    one.pieces.emplace_back("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
    one.pieces.emplace_back(1'000'000, 'x');
    BOOST_TEST(one.run() == refusal("413 Payload Too Large"));
    BOOST_TEST(one.operations == 2 + 256u * 1024 / tcr::net::read_buffer_size);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_session_continue)

constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
std::string const header = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n";

BOOST_AUTO_TEST_CASE(a_client_that_waits_gets_100_continue_once)
{
    environment one;
    one.limits.body = 5;
    one.pieces = {header, "he", "llo"};
    BOOST_TEST(one.run() == std::string(go_on) + response("POST /x||hello"));
}

BOOST_AUTO_TEST_CASE(a_client_that_has_sent_some_of_its_body_gets_no_100_continue)
{
    environment one;
    one.limits.body = 5;
    one.pieces = {header + "h", "ello", get};
    BOOST_TEST(one.run() == response("POST /x||hello") + got);
}

BOOST_AUTO_TEST_CASE(without_a_body_there_is_nothing_to_wait_for)
{
    BOOST_TEST(written_for({"GET /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n"}) == got);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_session_time)

/// An environment in which one operation does not complete. All limits are 1 h, so no limit ends during a
/// test. A test shortens one limit to check that this limit applies.
environment held_at(std::size_t operation, std::vector<std::string> pieces)
{
    environment one(std::move(pieces));
    one.limits.request = one.limits.write = one.limits.idle = one.limits.linger = 1h;
    one.prepare = [operation](auto& stream) { stream.hold_at(operation); };
    return one;
}

/// Serves until the session ends or only a wait of 1 h is left.
/// \return whether the session has ended
bool ends(environment& one)
{
    hand_run run([&]() { return one.serve(); });
    for (int i = 0; i < 100 && !run.has_ended(); ++i)
        run.turn();
    bool const ended = run.has_ended();
    if (!ended)
    {
        one.open->cut();
        BOOST_TEST_REQUIRE(run.turn());
    }
    BOOST_TEST((run.failure() == nullptr));
    return ended;
}

BOOST_AUTO_TEST_CASE(a_client_that_sends_no_request_is_disconnected_without_a_response)
{
    auto one = held_at(0, {});
    // The idle limit applies, not the request limit: Go's clients keep a connection without any request as
    // long as a used connection.
    one.limits.request = 0h;
    BOOST_TEST(!ends(one));
    one.limits.idle = 0h;
    BOOST_TEST(ends(one));
    BOOST_TEST(one.written.empty());
}

BOOST_AUTO_TEST_CASE(the_first_request_has_its_limit_from_its_first_byte)
{
    auto one = held_at(1, {"GET"});
    one.limits.request = 0h;
    BOOST_TEST(ends(one));
    BOOST_TEST(one.written == refusal("408 Request Timeout"));
}

BOOST_AUTO_TEST_CASE(a_request_that_does_not_come_to_its_end_is_answered_408)
{
    for (std::size_t cut = 1; cut < get.size(); ++cut)
    {
        auto one = held_at(1, {get.substr(0, cut)});
        one.limits.request = 0h;
        BOOST_TEST(ends(one));
        BOOST_TEST(one.written == refusal("408 Request Timeout"));
        BOOST_TEST(one.is_output_ended);
    }
    auto one = held_at(1, {"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel"});
    one.limits.body = 5;
    BOOST_TEST(!ends(one));
    BOOST_TEST(one.written.empty());
    one.limits.request = 0h;
    BOOST_TEST(ends(one));
    BOOST_TEST(one.written == refusal("408 Request Timeout"));
}

BOOST_AUTO_TEST_CASE(the_limit_is_of_the_whole_request_not_of_each_byte)
{
    // All bytes except the last arrive one by one, in far less time than the limit of 30 ms.
    auto one = held_at(get.size() - 1, byte_by_byte(get));
    one.limits.request = 30ms;
    auto const begun = std::chrono::steady_clock::now();
    tcr::test::run_coroutine([&]() { return one.serve(); });
    BOOST_TEST(one.written == refusal("408 Request Timeout"));
    BOOST_TEST((std::chrono::steady_clock::now() - begun >= 30ms));
}

BOOST_AUTO_TEST_CASE(a_kept_connection_has_its_own_limit_until_the_next_request)
{
    auto one = held_at(2, {get});
    BOOST_TEST(!ends(one));
    one.limits.idle = 0h;
    BOOST_TEST(ends(one));
    BOOST_TEST(one.written == got);
    BOOST_TEST(!one.is_output_ended);
    auto half = held_at(3, {get, "GET"});
    half.limits.idle = 0h;
    BOOST_TEST(!ends(half));
    half.limits.request = 0h;
    BOOST_TEST(ends(half));
    BOOST_TEST(half.written == got + refusal("408 Request Timeout"));
}

BOOST_AUTO_TEST_CASE(a_response_that_is_not_taken_ends_the_connection)
{
    auto one = held_at(1, {get, get});
    BOOST_TEST(!ends(one));
    one.limits.write = 0h;
    BOOST_TEST(ends(one));
    BOOST_TEST(one.written.empty());
    BOOST_TEST(!one.is_output_ended);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_close_is_waited_for_until_a_limit)
{
    auto one = held_at(2, {"GET /x HTTP/1.0\r\n\r\n"});
    BOOST_TEST(!ends(one));
    one.limits.linger = 0h;
    BOOST_TEST(ends(one));
    BOOST_TEST(one.written == response("GET /x||", false));
    BOOST_TEST(one.is_output_ended);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(http_session_ends)

BOOST_AUTO_TEST_CASE(an_idle_session_finishes_at_once_and_a_busy_one_after_its_response)
{
    for (std::size_t operation : {0u, 1u, 2u, 3u, 4u})
        BOOST_TEST_CONTEXT("held at " << operation)
        {
            // The operations are: 0 and 1 read a request in two pieces, 2 writes the response, 3 reads the
            // next request.
            environment one({get.substr(0, 9), get.substr(9)});
            bool const is_idle = operation == 0 || operation == 3;
            if (operation < 4)
                one.prepare = [=](auto& stream) { stream.hold_at(operation); };
            hand_run run([&]() { return one.serve(); });
            if (operation == 4)
            {
                BOOST_TEST(run.has_ended());
                continue;
            }
            BOOST_TEST_REQUIRE(!run.has_ended());
            BOOST_TEST(one.open->is_idle() == is_idle);
            one.list->finish();
            BOOST_TEST(run.turn() == is_idle);
            if (!is_idle)
            {
                one.list->cut();
                BOOST_TEST(run.turn());
            }
            BOOST_TEST((run.failure() == nullptr));
            BOOST_TEST(one.written == (operation == 3 ? got : ""));
        }
}

BOOST_AUTO_TEST_CASE(the_last_response_of_a_finishing_session_announces_the_close)
{
    environment one({get + get});
    one.handler = [&](server_request const& request)
    {
        one.open->finish();
        return one.answer(request);
    };
    BOOST_TEST(one.run() == response("GET /x||", false));
    BOOST_TEST(one.is_output_ended);
    BOOST_TEST(one.asked.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_idle_session_can_be_finished_or_cut_after_any_step)
{
    for (bool is_cut : {false, true})
    {
        bool was_ended = false;
        for (int steps = 0; !was_ended; ++steps)
            BOOST_TEST_CONTEXT("steps " << steps)
            {
                BOOST_TEST_REQUIRE(steps < 1000);
                environment one({get.substr(0, 9), get.substr(9), get});
                asio::io_context loop(1);
                bool ended = false;
                asio::co_spawn(
                    loop,
                    [&]() { return one.serve(); },
                    [&](std::exception_ptr why)
                    {
                        ended = true;
                        BOOST_TEST((why == nullptr));
                    }
                );
                while (one.open == nullptr)
                    loop.poll_one();
                for (int i = 0; i < steps && !ended; ++i)
                    loop.poll_one();
                was_ended = ended;
                if (!ended)
                    is_cut ? one.list->cut() : one.list->finish();
                loop.restart();
                loop.poll();
                BOOST_TEST_REQUIRE(ended);
                auto const all = got + got;
                auto const finished = response("GET /x||", false);
                BOOST_TEST(
                    (all.starts_with(one.written) || one.written == finished || one.written == got + finished
                    ),
                    one.written
                );
            }
    }
}

BOOST_AUTO_TEST_CASE(a_cancellation_ends_any_wait)
{
    for (std::size_t operation = 0; operation < 5; ++operation)
        BOOST_TEST_CONTEXT("held at " << operation)
        {
            environment one({get.substr(0, 9), get.substr(9), "GET /x HTTP/1.0\r\n\r\n"});
            one.prepare = [=](auto& stream) { stream.hold_at(operation); };
            hand_run run([&]() { return one.serve(); });
            BOOST_TEST_REQUIRE(!run.has_ended());
            run.cancel();
            BOOST_TEST_REQUIRE(run.turn());
            BOOST_TEST(one.operations == operation + 1);
        }
}

BOOST_AUTO_TEST_CASE(a_failure_of_any_operation_just_ends_the_session)
{
    // The operations are: 0 and 1 read the first request, 2 writes its response, 3 reads the second request,
    // 4 writes its response, 5 reads until the client closes the connection.
    auto const last = response("GET /x||", false);
    for (std::size_t operation = 0; operation <= 6; ++operation)
        BOOST_TEST_CONTEXT("failure at " << operation)
        {
            environment one({get.substr(0, 9), get.substr(9), "GET /x HTTP/1.0\r\n\r\n"});
            one.prepare = [=](auto& stream) { stream.fail_at(operation, asio::error::connection_reset); };
            BOOST_TEST(one.run() == (operation <= 2 ? "" : operation <= 4 ? got : got + last));
            BOOST_TEST(one.operations == std::min<std::size_t>(operation + 1, 6));
        }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(session_lists)

/// Sessions that have answered all requests and wait for the next request.
struct idle_sessions
{
    asio::io_context loop{1};
    session_list all{loop.get_executor(), 0};
    session_limits limits;
    tcr::net::request_handler handler = [](server_request const&) { return server_response(); };
    std::vector<std::unique_ptr<scripted_stream>> streams;
    std::vector<std::unique_ptr<session>> open;
    std::size_t ended = 0;

    session& add(std::vector<std::string> requests)
    {
        auto const reads_and_writes = 2 * requests.size();
        streams.push_back(
            std::make_unique<scripted_stream>(loop.get_executor(), std::move(requests), asio::error::eof)
        );
        streams.back()->hold_at(reads_and_writes);
        auto& added = *open.emplace_back(std::make_unique<session>(*streams.back(), handler, limits, all));
        asio::co_spawn(loop, added.run(), [this](std::exception_ptr) { ++ended; });
        turn();
        return added;
    }

    void turn()
    {
        loop.restart();
        loop.poll();
    }
};

BOOST_FIXTURE_TEST_CASE(the_session_idle_for_the_longest_is_closed_one_at_a_time, idle_sessions)
{
    auto& fresh = add({});
    auto& first = add({get});
    auto& second = add({get, get});
    BOOST_TEST(all.size() == 3u);
    auto const now = fresh.idle_since();
    BOOST_TEST((all.make_room(now) == session_list::time_point::max()));
    BOOST_TEST(first.is_finishing());
    BOOST_TEST((all.make_room(now) == session_list::time_point::max()));
    BOOST_TEST(!second.is_finishing());
    turn();
    BOOST_TEST(ended == 1u);
    open.erase(open.begin() + 1);
    BOOST_TEST(all.size() == 2u);
    BOOST_TEST((all.make_room(now) == session_list::time_point::max()));
    BOOST_TEST(second.is_finishing());
    turn();
    BOOST_TEST(ended == 2u);
    open.pop_back();
    BOOST_TEST((all.make_room(now) == now + limits.first_request));
    BOOST_TEST(!fresh.is_finishing());
    all.finish();
    turn();
    BOOST_TEST(ended == 3u);
    open.clear();
    BOOST_TEST(all.empty());
    BOOST_TEST((all.make_room(now) == session_list::time_point::max()));
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_waits_long_for_its_first_request_is_closed, idle_sessions)
{
    auto& older = add({});
    auto& newer = add({});
    auto const now = older.idle_since() + limits.first_request;
    all.make_room(now - 1ms);
    BOOST_TEST(!older.is_finishing());
    BOOST_TEST((all.make_room(now) == session_list::time_point::max()));
    BOOST_TEST(older.is_finishing());
    BOOST_TEST(!newer.is_finishing());
    all.finish();
    turn();
    BOOST_TEST(ended == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_waiter_is_woken_by_each_session_that_becomes_idle_or_ends, idle_sessions)
{
    int news = 0;
    asio::cancellation_signal stop;
    asio::co_spawn(
        loop,
        [&]() -> task<void>
        {
            for (;; ++news)
                co_await all.wait_until(std::chrono::steady_clock::time_point::max());
        },
        asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr) {})
    );
    add({});
    BOOST_TEST(news == 1);
    add({get});
    BOOST_TEST(news == 3);
    all.cut();
    turn();
    open.clear();
    turn();
    BOOST_TEST(news == 4);
    stop.emit(asio::cancellation_type::terminal);
    turn();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace http_session_test
