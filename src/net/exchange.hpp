// SPDX-License-Identifier: Apache-2.0
#pragma once

// One HTTP request and its response on an open connection.

#include "read_buffer.hpp"
#include <tcr/net/errc.hpp>
#include <tcr/util/async.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include <string>

namespace tcr::net
{

/// How one request and its response ended.
struct exchange_end
{
    boost::system::error_code ec;
    bool answered = false;  ///< at least one byte of the response has arrived
    bool reusable = false;  ///< the connection may carry another request
};

/// Writes a request and reads its response to the end, on any stream.
///
/// `parser` is a `final_response_parser`. `exchange` calls `before_wait` before each wait on the stream, so
/// that the caller can set a time limit for this wait. All arguments must outlive the call.
/// \par Errors in `exchange_end::ec`: `errc::closed`, `errc::bad_response`, an error that the parser's
/// `Message` sets (such as the error of a `body_sink`), or an error of the stream.
/// \par Cancellation terminal; the connection cannot be used afterwards.
template <class Stream, class Parser, class BeforeWait>
task<exchange_end> exchange(
    Stream& stream, read_buffer& buffer, std::string const& wire, Parser& parser, BeforeWait& before_wait
)
{
    exchange_end end;
    before_wait();
    auto [write_ec, written] = co_await asio::async_write(stream, asio::buffer(wire), use_tuple);
    end.ec = write_ec;
    while (!end.ec && !parser.is_done())
    {
        auto space = buffer.space();
        if (space.size() == 0)
        {
            end.ec = errc::bad_response;  // a header line or chunk header longer than the buffer
            break;
        }
        before_wait();
        auto [read_ec, count] = co_await stream.async_read_some(space, use_tuple);
        buffer.commit(count);
        end.answered = end.answered || count > 0;
        boost::system::error_code parse_ec;
        if (read_ec == asio::error::eof || read_ec == asio::ssl::error::stream_truncated)
        {
            if (parser.got_some())
                parser.put_eof(parse_ec);
            if (!parser.is_done())
                end.ec = errc::closed;
            break;
        }
        if (read_ec)
        {
            end.ec = read_ec;
            break;
        }
        buffer.consume(parser.put(buffer.data(), parse_ec));
        if (parse_ec && parse_ec != boost::beast::http::error::need_more)
            end.ec = parse_ec.category() == boost::beast::http::make_error_code({}).category()
                         ? make_error_code(errc::bad_response)
                         : parse_ec;
    }
    end.reusable = !end.ec && parser.is_done() && parser.keep_alive() && buffer.empty();
    co_return end;
}

}  // namespace tcr::net
