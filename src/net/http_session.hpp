// SPDX-License-Identifier: Apache-2.0
#pragma once

// One connection of the HTTP server.

#include "read_buffer.hpp"
#include "request_parser.hpp"
#include "session_state.hpp"
#include "tls_stream.hpp"
#include <tcr/net/errc.hpp>
#include <tcr/net/http_handler.hpp>
#include <tcr/util/async.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include <array>
#include <cassert>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace tcr::net
{

/// Ends the output of the TCP connection, so that the client receives end of file. Other types of streams
/// have an overload of this function. Errors are ignored, because the connection will be closed next.
void end_output(asio::ip::tcp::socket& stream);

/// Returns the status line and the header of a response.
std::string response_head(server_response const& response, bool keep_alive);

/// A stream that needs a handshake before use, such as `tls_stream`.
template <class Stream>
concept opened_by_handshake = requires(Stream& stream)
{
    stream.async_handshake(use_tuple);
};

/// Serves one connection: reads a request, gets its answer from the handler, writes the response, and
/// repeats.
///
/// A session holds one `read_buffer`, and the request and response in flight. Pipelined requests wait in the
/// buffer. When the buffer is full, further requests wait in the kernel. `Stream` is an asynchronous stream
/// with an overload of `end_output`, or a reference to such a stream.
template <class Stream>
class http_session : public session_state
{
public:
    /// \par Lifetimes `handler`, `limits` and `all` must outlive the session.
    http_session(
        Stream&& stream, request_handler const& handler, session_limits const& limits, session_list& all
    )
        : session_state(stream.get_executor(), all),
          stream_(std::forward<Stream>(stream)),
          handler_(handler),
          limits_(limits)
    {
        static_assert(session_limits::max_header <= read_buffer_size);
        assert(limits.header <= session_limits::max_header);
    }

    /// Serves requests until the connection has ended. \par Errors An error of the connection ends `run`
    /// without an exception. If the handler throws, `run` answers 500 and then throws the same exception.
    /// \par Cancellation terminal: returns, or throws `operation_aborted`. A cancellation that arrives just
    /// when a wait begins is lost. `cut` always works.
    task<void> run()
    {
        if constexpr (opened_by_handshake<std::remove_reference_t<Stream>>)
        {
            bool const is_open = co_await open();
            if (!is_open)
                co_return;
        }
        become_fresh();
        for (bool is_first = true;; is_first = false)
        {
            bool const goes_on = co_await serve_one(is_first);
            if (!goes_on)
                co_return;
        }
    }

    /// Returns the error that ended the handshake, such as `errc::timed_out` if it took too long. Returns no
    /// error if the handshake succeeded, or if `finish` or `cut` stopped it.
    boost::system::error_code handshake_failure() const { return handshake_failure_; }

private:
    using steady_clock = std::chrono::steady_clock;

    /// What to do with a request. 0: pass the request to the handler. Another number: refuse the request with
    /// this status. nullopt: end the session without a response, for example because the client has closed
    /// the connection or `session_limits::idle` has passed.
    using refusal_status = std::optional<unsigned>;

    /// Serves one request. \return whether the connection may carry another request.
    task<bool> serve_one(bool is_first)
    {
        server_request request;
        request_parser parser(request, limits_.header, limits_.body, bodies());
        if (limits_.keep_headers)
            parser.keep_headers();
        refusal_status const refusal = co_await read_request(request, parser, is_first);
        if (!refusal)
            co_return false;

        server_response response;
        std::exception_ptr failure;
        if (*refusal == 0)
        {
            auto answer = ask_handler(request, failure);
            if (auto* const at_once = std::get_if<server_response>(&answer))
                response = std::move(*at_once);
            else
            {
                auto waiting = finish(std::get<task<server_response>>(std::move(answer)), response, failure);
                auto [cut_ec] = co_await with_deadline(steady_clock::time_point::max(), std::move(waiting));
                if (cut_ec)
                    co_return false;
            }
        }
        else
            response = plain_response(*refusal);
        if (*refusal == 503)
            response.headers = "Retry-After: 1\r\n";  // after 1 s, the server may have freed other bodies
        parser.drop_body();
        bool const goes_on = *refusal == 0 && !failure && parser.keep_alive() && !is_finishing();
        auto const head = response_head(response, goes_on);
        std::string_view const body = parser.is_head() ? std::string_view() : response.body;
        bool const is_written = co_await write(stream_, head, body);
        if (is_written && goes_on)
            co_return true;
        response.body = std::string();  // frees the memory before the wait for the client
        if (is_written)
            co_await end_and_linger(stream_);
        if (failure)
            std::rethrow_exception(failure);
        co_return false;
    }

    server_answer ask_handler(server_request const& request, std::exception_ptr& failure)
    {
        try
        {
            return handler_(request);
        }
        catch (...)
        {
            failure = std::current_exception();
            return plain_response(500);
        }
    }

    /// Awaits the coroutine of a handler. Stores an exception in `failure`, because the `||` in
    /// `with_deadline` would lose the exception.
    static task<std::tuple<boost::system::error_code>> finish(
        task<server_response> making, server_response& response, std::exception_ptr& failure
    )
    {
        try
        {
            response = co_await std::move(making);
        }
        catch (...)
        {
            response = plain_response(500);
            failure = std::current_exception();
        }
        std::tuple<boost::system::error_code> const done;
        co_return done;
    }

    /// Does the handshake. If the client speaks plain HTTP, answers that this port needs TLS. \return whether
    /// the handshake succeeded.
    task<bool> open()
    {
        auto const deadline = steady_clock::now() + limits_.handshake;
        auto opening = stream_.async_handshake(use_tuple);
        auto [ec] = co_await with_deadline(deadline, std::move(opening));
        if (!ec)
            co_return true;
        if (must_end_now())
            co_return false;
        handshake_failure_ = ec;
        if (!stream_.is_plain_http(ec))
            co_return false;
        auto& below = stream_.next_layer();
        bool const is_written = co_await write(below, answer_to_plain_http, {});
        if (is_written)
            co_await end_and_linger(below);
        co_return false;
    }

    task<refusal_status> read_request(server_request& request, request_parser& parser, bool is_first)
    {
        if (!is_first && buffer_.empty())
            become_kept();
        auto deadline = steady_clock::now() + (is_idle() ? limits_.idle : limits_.request);
        std::size_t header_size = 0;
        bool is_continued = false;
        for (;;)
        {
            if (!buffer_.empty())
            {
                if (!parser.got_some())
                    request.started_at = read_at_;
                bool const in_header = !parser.is_header_done();
                boost::system::error_code ec;
                auto const used = parser.put(buffer_.data(), ec);
                buffer_.consume(used);
                header_size += in_header ? used : 0;
                if (header_size > limits_.header)
                    co_return refusal_status(431);
                if (ec && ec != boost::beast::http::error::need_more)
                    co_return refusal_status(request_parser::status_of(ec));
                if (parser.is_header_done() && parser.refusal() != 0)
                    co_return refusal_status(parser.refusal());
                if (parser.is_done())
                    co_return refusal_status(0);
                if (!ec && !buffer_.empty())
                    continue;
            }
            if (parser.is_header_done() && parser.expects_continue() && request.body.empty() && !is_continued)
            {
                is_continued = true;
                bool const is_written = co_await write(stream_, continue_, {});
                if (!is_written)
                    co_return refusal_status();
            }
            auto const space = buffer_.space();
            if (space.size() == 0)
                co_return refusal_status(431);  // a header line longer than the buffer
            auto reading = stream_.async_read_some(space, use_tuple);
            auto [ec, count] = co_await with_deadline(deadline, std::move(reading));
            if (ec == errc::timed_out && !is_idle() && !must_end_now())
                co_return refusal_status(408);
            if (ec)
                co_return refusal_status();
            buffer_.commit(count);
            read_at_ = steady_clock::now();
            if (is_idle())
                deadline = read_at_ + limits_.request;
            become_busy();
        }
    }

    template <class To>
    task<bool> write(To& stream, std::string_view head, std::string_view body)
    {
        auto const deadline = steady_clock::now() + limits_.write;
        std::array<asio::const_buffer, 2> const parts{
            asio::buffer(head.data(), head.size()), asio::buffer(body.data(), body.size())};
        auto writing = asio::async_write(stream, parts, use_tuple);
        auto [ec, count] = co_await with_deadline(deadline, std::move(writing));
        co_return !ec;
    }

    /// Ends the output, then reads and discards input until the client closes the connection, but not longer
    /// than `session_limits::linger` and not more than about `max_discarded_` bytes. If the server closed the
    /// connection with unread input, TCP would send a reset, and the client could lose the response.
    template <class From>
    task<void> end_and_linger(From& stream)
    {
        end_output(stream);
        auto const deadline = steady_clock::now() + limits_.linger;
        boost::system::error_code ec;
        for (std::size_t taken = 0; !ec && taken < max_discarded_;)
        {
            buffer_.clear();
            auto const space = buffer_.space();
            auto reading = stream.async_read_some(space, use_tuple);
            auto [read_ec, count] = co_await with_deadline(deadline, std::move(reading));
            ec = read_ec;
            taken += count;
        }
    }

    static constexpr std::string_view continue_ = "HTTP/1.1 100 Continue\r\n\r\n";

    /// Max bytes that are read and discarded after the last response, such as the body of a refused request.
    static constexpr std::size_t max_discarded_ = 256 * 1024;

    Stream stream_;
    request_handler const& handler_;
    session_limits const& limits_;
    boost::system::error_code handshake_failure_;
    steady_clock::time_point read_at_{};
    read_buffer buffer_;
};

}  // namespace tcr::net
