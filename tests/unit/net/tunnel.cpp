// SPDX-License-Identifier: Apache-2.0
#include "tunnel.hpp"

#include "net/scripted_stream.hpp"
#include "run_coroutine.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tunnel_test
{

namespace asio = boost::asio;

using boost::system::error_code;
using tcr::task;
using tcr::net::errc;
using tcr::net::http_proxy;
using tcr::net::tunnel_end;
using tcr::test::byte_by_byte;
using tcr::test::hand_run;
using tcr::test::scripted_stream;

std::string const server = "[fd00::1]:6443";
http_proxy const proxy{"proxy", "3128", "Basic am9lOmh1bnRlcjI="};

std::string const wire =
    "CONNECT [fd00::1]:6443 HTTP/1.1\r\nHost: [fd00::1]:6443\r\n"
    "User-Agent: tcr-assistant/" TCR_VERSION
    "\r\n"
    "Proxy-Authorization: Basic am9lOmh1bnRlcjI=\r\n\r\n";

std::string const established = "HTTP/1.1 200 Connection established\r\n\r\n";

/// Opens a tunnel through a proxy that sends `pieces` and then ends the connection.
tunnel_end answer_by(std::vector<std::string> pieces)
{
    tunnel_end end;
    tcr::test::run_coroutine(
        [&]() -> task<void>
        {
            auto const executor = co_await asio::this_coro::executor;
            scripted_stream stream(executor, std::move(pieces), asio::error::eof);
            tcr::net::read_buffer buffer;
            end = co_await tcr::net::open_tunnel(stream, buffer, proxy, server);
            BOOST_TEST(stream.written() == wire);
            BOOST_TEST((end.ec || buffer.empty()));
        }
    );
    return end;
}

BOOST_AUTO_TEST_SUITE(tunnel)

BOOST_AUTO_TEST_CASE(request_contains_credentials_only_if_there_are_some)
{
    BOOST_TEST(tcr::net::connect_request(proxy, server) == wire);
    BOOST_TEST(
        tcr::net::connect_request({"proxy", "80", ""}, "host:443") ==
        "CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\nUser-Agent: tcr-assistant/" TCR_VERSION "\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(tunnel_is_open_after_a_2xx_answer)
{
    std::string const answers[] = {
        established,
        "HTTP/1.0 200 OK\r\nProxy-Agent: x\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n" + established,
        // A length or an encoding means nothing in this answer.
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    };
    for (auto const& answer : answers)
        BOOST_TEST_CONTEXT(answer)
        {
            BOOST_TEST(!answer_by({answer}).ec);
            BOOST_TEST(!answer_by(byte_by_byte(answer)).ec);
        }
}

BOOST_AUTO_TEST_CASE(other_answers_are_errors)
{
    struct refusal
    {
        std::string answer;
        errc code;
        unsigned status = 0;  ///< checked if the proxy refused
    };
    refusal const cases[] = {
        {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nlogin",
         errc::proxy_refused,
         407},
        {"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n", errc::proxy_refused, 403},
        {"HTTP/1.1 502 Bad Gateway\r\n\r\n", errc::proxy_refused, 502},
        {"HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n", errc::proxy_refused, 302},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", errc::bad_response},
        {"SSH-2.0-OpenSSH_9.2\r\n", errc::bad_response},
        {"\x16\x03\x01 no HTTP\r\n\r\n", errc::bad_response},
        {"HTTP/1.1 200 OK\r\nA: " + std::string(10'000, 'a'), errc::bad_response},
        {established + "unasked", errc::bad_response},
        {"", errc::closed},
        {"HTTP/1.1 200 OK\r\n", errc::closed},
    };
    for (auto const& each : cases)
        BOOST_TEST_CONTEXT(each.answer)
        {
            auto const end = answer_by({each.answer});
            BOOST_TEST((end.ec == each.code), end.ec.message());
            BOOST_TEST((each.code != errc::proxy_refused || end.status == each.status));
        }
    std::string many;
    for (int i = 0; i < 8000; ++i)
        many += "Name: value\r\n";
    BOOST_TEST((answer_by({"HTTP/1.1 200 OK\r\n" + many + "\r\n"}).ec == errc::bad_response));
}

BOOST_AUTO_TEST_CASE(failure_and_cancellation_of_each_operation_end_the_attempt)
{
    for (bool const is_cancelled : {false, true})
        for (std::size_t operation = 0; operation <= established.size(); ++operation)
            BOOST_TEST_CONTEXT("operation " << operation)
            {
                tunnel_end end;
                hand_run run(
                    [&]() -> task<void>
                    {
                        auto const executor = co_await asio::this_coro::executor;
                        scripted_stream stream(executor, byte_by_byte(established), asio::error::eof);
                        if (is_cancelled)
                            stream.hold_at(operation);
                        else
                            stream.fail_at(operation, asio::error::connection_reset);
                        tcr::net::read_buffer buffer;
                        end = co_await tcr::net::open_tunnel(stream, buffer, proxy, server);
                    }
                );
                BOOST_TEST(run.has_ended() == !is_cancelled);
                run.cancel();
                BOOST_TEST_REQUIRE(run.turn());
                error_code const expected =
                    is_cancelled ? asio::error::operation_aborted : asio::error::connection_reset;
                BOOST_TEST((end.ec == expected), end.ec.message());
            }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tunnel_test
