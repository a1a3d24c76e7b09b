// SPDX-License-Identifier: Apache-2.0
#include "run_coroutine.hpp"
#include "web_parser.hpp"
#include <tcr/net/tls.hpp>
#include <tcr/net/web_client.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/version.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace web_client_test
{

using boost::system::error_code;
using tcr::net::parse_web_address;
using tcr::net::web_address;
using tcr::net::web_request;
using tcr::net::web_response;

web_address parsed(std::string_view url)
{
    auto const address = parse_web_address(url);
    BOOST_TEST_REQUIRE(address.has_value());
    return *address;
}

/// Parses a complete answer that arrives in pieces of `piece` bytes. \return the parser's error
error_code parse(
    std::string_view text,
    std::size_t piece,
    web_response& response,
    std::size_t headers = 1000,
    std::size_t body = 1000
)
{
    tcr::net::web_parser parser(response, headers, body);
    std::string pending;
    for (std::size_t i = 0; i < text.size() && !parser.is_done(); i += piece)
    {
        pending += text.substr(i, piece);
        error_code ec;
        pending.erase(0, parser.put(boost::asio::buffer(pending), ec));
        if (ec && ec != boost::beast::http::error::need_more)
            return ec;
    }
    BOOST_TEST(parser.is_done());
    return {};
}

BOOST_AUTO_TEST_SUITE(web_client)

BOOST_AUTO_TEST_CASE(an_unusable_proxy_fails_the_requests_that_need_it)
{
    tcr::net::web_options options;
    options.proxies.proxy = tcr::invalid_argument("HTTPS_PROXY is unusable");
    boost::asio::io_context loop;
    tcr::net::web_client client(
        loop.get_executor(), tcr::net::make_client_context({}).value(), std::move(options)
    );
    web_request request;
    request.to = parsed("https://example.com/path");
    std::string failure;
    tcr::test::run_coroutine(
        [&]() -> tcr::task<void>
        {
            auto const answer = co_await client.send(request);
            failure = answer ? "" : answer.error().detail;
        }
    );
    BOOST_TEST(failure == "cannot connect to https://example.com: HTTPS_PROXY is unusable");
}

BOOST_AUTO_TEST_CASE(a_url_is_taken_apart)
{
    auto const address = parsed("https://tcr.tencentcloudapi.com/");
    BOOST_TEST(address.is_tls);
    BOOST_TEST(address.host == "tcr.tencentcloudapi.com");
    BOOST_TEST(address.port == "443");
    BOOST_TEST(address.target == "/");
    BOOST_TEST(address.authority() == "tcr.tencentcloudapi.com");

    auto const other = parsed("HTTP://Metadata.TencentYun.com:8080/latest/meta-data?a=b%20c&d");
    BOOST_TEST(!other.is_tls);
    BOOST_TEST(other.host == "metadata.tencentyun.com");
    BOOST_TEST(other.port == "8080");
    BOOST_TEST(other.target == "/latest/meta-data?a=b%20c&d");
    BOOST_TEST(other.authority() == "metadata.tencentyun.com:8080");
}

BOOST_AUTO_TEST_CASE(what_a_url_leaves_out_is_the_schemes_own)
{
    BOOST_TEST(parsed("http://h").port == "80");
    BOOST_TEST(parsed("http://h").target == "/");
    BOOST_TEST(parsed("https://h?x=1").target == "/?x=1");
    BOOST_TEST(parsed("https://h:/").port == "443");
    BOOST_TEST(parsed("https://h:443/").authority() == "h");
    BOOST_TEST(parsed("http://h:443/").authority() == "h:443");
}

BOOST_AUTO_TEST_CASE(an_ipv6_address_loses_and_gets_its_brackets)
{
    auto const address = parsed("https://[2001:db8::1]:8443/");
    BOOST_TEST(address.host == "2001:db8::1");
    BOOST_TEST(address.authority() == "[2001:db8::1]:8443");
}

BOOST_AUTO_TEST_CASE(a_bad_url_is_refused_with_a_reason)
{
    // In Boost 1.83, the URL parser refuses a port that is not a number.
    constexpr auto not_a_number = BOOST_VERSION < 108300 ? "port" : "is not a URL";
    std::pair<std::string_view, std::string_view> const cases[] = {
        {"", "is not a URL"},
        {"tcr.tencentcloudapi.com", "is not a URL"},
        {"//h/", "is not a URL"},
        {"https://h/a b", "is not a URL"},
        {"https://h/\r\nX: y", "is not a URL"},
        {"ftp://h/", "with neither https:// nor http://"},
        {"https:", "has no usable host"},
        {"https:///x", "has no usable host"},
        {"https://h%0d%0aX/", "has no usable host"},
        {"https://h%20x/", "has no usable host"},
        {"https://h:0/", "port"},
        {"https://h:x/", not_a_number},
        {"https://h:x", not_a_number},
        {"https://h:1x/", not_a_number},
        {"https://h:65536/", "port"},
        {"https://h:99999999999999999999/", "port"},
        {"https://h/#x", "'#'"},
    };
    for (auto const& [url, why] : cases)
    {
        auto const address = parse_web_address(url);
        BOOST_TEST_CONTEXT(url)
        {
            BOOST_TEST_REQUIRE(address.has_error());
            BOOST_TEST(address.error().message().find(why) != std::string::npos);
            BOOST_TEST((address.error().code == boost::system::errc::invalid_argument));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_password_in_a_url_is_not_repeated)
{
    for (std::string_view url :
         {"https://user:hunter2@h/", "https://user:hunter2@h h/", "x://user:hunter2@h/"})
    {
        auto const address = parse_web_address(url);
        BOOST_TEST_REQUIRE(address.has_error());
        BOOST_TEST(address.error().message().find("hunter2") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_request_is_written_with_what_the_client_adds)
{
    web_request request;
    request.method = "POST";
    request.to = parsed("https://h:8443/x");
    request.headers = {{"Content-Type", "application/json"}};
    request.body = "{}";
    BOOST_TEST(
        serialize(request, "us/1").value() ==
        "POST /x HTTP/1.1\r\nHost: h:8443\r\nUser-Agent: us/1\r\nContent-Type: application/json\r\n"
        "Content-Length: 2\r\nConnection: close\r\n\r\n{}"
    );
    request.method = "GET";
    request.headers.clear();
    request.body.clear();
    BOOST_TEST(
        serialize(request, "us/1").value() ==
        "GET /x HTTP/1.1\r\nHost: h:8443\r\nUser-Agent: us/1\r\nConnection: close\r\n\r\n"
    );
}

BOOST_AUTO_TEST_CASE(a_header_that_would_become_two_is_refused_and_not_repeated)
{
    web_request request;
    request.to = parsed("https://h/");
    using namespace std::string_literals;
    for (auto const& value : {"secret\r\nX: y"s, "secret\n"s, "secret\0"s, "secret\x7f"s})
    {
        request.headers = {{"X-TC-Token", value}};
        auto const wire = serialize(request, "us/1");
        BOOST_TEST_REQUIRE(wire.has_error());
        BOOST_TEST(wire.error().message().find("X-TC-Token") != std::string::npos);
        BOOST_TEST(wire.error().message().find("secret") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(an_answer_is_read_in_pieces_of_any_size)
{
    std::string_view const text =
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nDATE:  now \r\nContent-Length: "
        "5\r\n\r\nhello";
    for (std::size_t piece = 1; piece <= text.size(); ++piece)
    {
        web_response response;
        BOOST_TEST(!parse(text, piece, response));
        BOOST_TEST(response.status == 401u);
        BOOST_TEST(response.header("www-authenticate") == "Basic realm=\"x\"");
        BOOST_TEST(response.header("date") == "now");
        BOOST_TEST(response.header("x-none").empty());
        BOOST_TEST(response.body == "hello");
    }
}

BOOST_AUTO_TEST_CASE(a_chunked_body_is_put_together)
{
    web_response response;
    BOOST_TEST(!parse(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 4, response
    ));
    BOOST_TEST(response.body == "hello");
}

BOOST_AUTO_TEST_CASE(a_body_of_no_chunk_but_the_last_is_read_in_pieces_of_any_size)
{
    std::string_view const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::string_view const body : {"0\r\n\r\n", "0\r\nA: b\r\n\r\n", "00;a=b\r\n\r\n"})
        for (std::size_t piece = 1; piece <= head.size() + body.size(); ++piece)
        {
            web_response response;
            BOOST_TEST(!parse(std::string(head).append(body), piece, response));
            BOOST_TEST(response.body.empty());
        }
}

BOOST_AUTO_TEST_CASE(interim_responses_and_their_headers_are_dropped)
{
    std::string_view const text =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nWWW-Authenticate: Basic\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for (std::size_t piece = 1; piece <= text.size(); ++piece)
    {
        web_response response;
        BOOST_TEST(!parse(text, piece, response));
        BOOST_TEST(response.status == 200u);
        BOOST_TEST(response.headers.size() == 1u);
        BOOST_TEST(response.body == "hello");
    }
    web_response response;
    BOOST_TEST(
        (parse("HTTP/1.1 101 Switching Protocols\r\n\r\n", 100, response) == tcr::net::errc::bad_response)
    );
}

BOOST_AUTO_TEST_CASE(a_limit_is_exact)
{
    using tcr::net::errc;
    std::string_view const counted = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    std::string_view const chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    for (auto text : {counted, chunked})
    {
        web_response fits;
        BOOST_TEST(!parse(text, 100, fits, 1000, 5));
        web_response does_not;
        BOOST_TEST((parse(text, 100, does_not, 1000, 4) == errc::body_too_large));
    }
    std::size_t const headers = std::string_view("Content-Length5").size();
    web_response fits;
    BOOST_TEST(!parse(counted, 100, fits, headers));
    web_response does_not;
    BOOST_TEST((parse(counted, 100, does_not, headers - 1) == errc::body_too_large));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace web_client_test
