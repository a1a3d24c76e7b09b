// SPDX-License-Identifier: Apache-2.0
#include "http_get.hpp"

#include <tcr/util/async.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>

#include <stdexcept>

namespace tcr::test
{
namespace
{

namespace beast = boost::beast;
namespace http = boost::beast::http;

/// The parts of a URL.
struct address
{
    asio::ip::tcp::endpoint server;
    std::string target;
};

address address_of(std::string const& url)
{
    auto const parts = boost::urls::parse_uri(url);
    if (!parts || parts->scheme() != "http")
        throw std::runtime_error("cannot parse the URL '" + url + "'");
    auto target = std::string(parts->encoded_target());
    return {
        {asio::ip::make_address(std::string(parts->host())), parts->port_number()},
        target.empty() ? "/" : target};
}

task<void> get(address const& target, std::chrono::milliseconds limit, http_answer& answer)
{
    beast::tcp_stream stream(co_await asio::this_coro::executor);
    stream.expires_after(limit);
    auto [connect_ec] = co_await stream.async_connect(target.server, use_tuple);
    answer.body = connect_ec.message();
    if (connect_ec)
        co_return;
    http::request<http::empty_body> request(http::verb::get, target.target, 11);
    request.set(http::field::host, "127.0.0.1");
    request.keep_alive(false);
    auto [write_ec, written] = co_await http::async_write(stream, request, use_tuple);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    auto [read_ec, count] = co_await http::async_read(stream, buffer, parser, use_tuple);
    answer.body = read_ec ? read_ec.message() : write_ec.message();
    if (read_ec)
        co_return;
    answer.status = parser.get().result_int();
    answer.content_type = std::string(parser.get()[http::field::content_type]);
    answer.body = parser.get().body();
}

}  // namespace

http_answer http_get(std::string const& url, std::chrono::milliseconds limit)
{
    http_answer answer;
    auto const target = address_of(url);
    asio::io_context loop(1);
    auto const ended = [](std::exception_ptr failure)
    {
        if (failure)
            std::rethrow_exception(failure);
    };
    asio::co_spawn(loop, get(target, limit, answer), ended);
    loop.run();
    return answer;
}

}  // namespace tcr::test
