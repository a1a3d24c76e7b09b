#pragma once

#include <tcr/net/errc.hpp>
#include <tcr/net/http_handler.hpp>
#include <tcr/net/read_buffer.hpp>
#include <tcr/net/request_parser.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <exception>
#include <list>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace tcr::net
{

/// What one connection may take of us.
struct session_limits
{
    /// Bytes of a request's first line and header; at most `read_buffer::capacity`. More is answered by 431.
    std::size_t header = read_buffer::capacity;

    /// Bytes of a request's body. More is answered by 413.
    std::size_t body = 0;

    /// From a request's first byte, for a connection's first request from its start, to the request's last byte.
    /// Longer is answered by 408.
    std::chrono::milliseconds request{10'000};

    /// From a response's first byte to its last; then the connection is closed.
    std::chrono::milliseconds write{10'000};

    /// From a response to the next request. Longer than the 90 s after which Go's HTTP client, and so the API server,
    /// closes an idle connection: who reuses one must not meet our close.
    std::chrono::milliseconds idle{120'000};

    /// How long the client has to take the last response and close, before we do.
    std::chrono::milliseconds linger{1'000};
};

class session_state;

/// The open sessions of a server.
class session_list
{
public:
    explicit session_list(asio::any_io_executor executor) : changed_(executor) {}

    std::size_t size() const { return sessions_.size(); }
    bool empty() const { return sessions_.empty(); }

    /// Ends the session that is kept idle for the longest; none, where one that was told to end has not yet.
    void make_room();

    /// Has every session end after the response under way, idle ones at once.
    void finish();

    /// Has every session end at once.
    void cut();

    /// Returns when a session has ended or is kept idle, or at `deadline`. \par Cancellation as `notifier`.
    task<void> wait_until(std::chrono::steady_clock::time_point deadline)
    {
        return changed_.wait_until(deadline);
    }

private:
    friend class session_state;

    std::list<session_state*> sessions_;
    notifier changed_;
};

/// A session as its server sees it, whatever its stream.
class session_state
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Enters itself into the list. \par Lifetimes the list must outlive it.
    session_state(asio::any_io_executor executor, session_list& all);
    ~session_state();
    session_state(session_state const&) = delete;
    session_state& operator=(session_state const&) = delete;

    /// Nothing of a request has come since the connection's start or the last response.
    bool is_idle() const { return phase_ != phase::busy; }

    /// Idle after a response. Unlike a connection that is new, which is about to bring a request, it may be closed for
    /// another's sake: its client is prepared for that.
    bool is_kept() const { return phase_ == phase::kept; }

    /// Since when; only of use while it is kept.
    time_point kept_since() const { return kept_since_; }

    /// No further request will be read.
    bool is_finishing() const { return is_finishing_; }

    /// Makes the response under way the last one; an idle session ends at once.
    void finish();

    /// Ends it at once. Unlike a cancellation it takes effect in whichever state the session is: Asio 1.81 loses the
    /// cancellation of a coroutine that has not begun, and each wait has one for a moment.
    void cut();

protected:
    void become_kept();
    void become_busy() { phase_ = phase::busy; }
    bool must_end_now() const { return is_cut_ || (is_idle() && is_finishing_); }

    /// Awaits one operation on the stream. \par Errors the operation's own; `errc::timed_out` at `deadline`, or when
    /// the session is to end now: the operation is then cancelled. \par Cancellation terminal, by exception.
    template <class... T>
    task<std::tuple<boost::system::error_code, T...>> by(
        time_point deadline, task<std::tuple<boost::system::error_code, T...>> operation
    )
    {
        using namespace asio::experimental::awaitable_operators;
        timer_.expires_at(must_end_now() ? time_point() : deadline);
        auto waiting = timer_.async_wait(use_tuple);
        auto outcome = co_await (std::move(operation) || std::move(waiting));
        std::tuple<boost::system::error_code, T...> done;
        if (outcome.index() == 0)
            done = std::get<0>(std::move(outcome));
        else
            std::get<0>(done) = errc::timed_out;
        co_return done;
    }

private:
    enum class phase
    {
        fresh,
        busy,
        kept
    };

    session_list& all_;
    std::list<session_state*>::iterator place_;
    asio::steady_timer timer_;
    time_point kept_since_{};
    phase phase_ = phase::fresh;
    bool is_finishing_ = false;
    bool is_cut_ = false;
};

/// Tells the client that nothing follows: TCP's own way. A stream of another kind brings its overload, which bounds its
/// own time. Errors do not matter: the connection is about to be closed.
task<void> end_output(asio::ip::tcp::socket& stream);

/// Status line and header of a response.
std::string response_head(server_response const& response, bool keep_alive);

/// Serves one connection: reads a request, has it answered, writes the response, and so on, one after another.
///
/// Memory: one `read_buffer`, and a request and its response while they are under way. Pipelined requests wait in the
/// buffer, then in the kernel. `Stream` is an asynchronous stream with `end_output`, or a reference to one.
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
        assert(limits.header <= read_buffer::capacity);
    }

    /// Returns when the connection is over. \par Errors of the connection just end it; an exception of the handler is
    /// answered by 500 and then thrown. \par Cancellation terminal, by exception; lost in the moment a wait begins, so
    /// that who must be sure calls `cut`.
    task<void> run()
    {
        for (bool is_first = true;; is_first = false)
        {
            bool const goes_on = co_await serve_one(is_first);
            if (!goes_on)
                co_return;
        }
    }

private:
    using steady_clock = std::chrono::steady_clock;

    /// What to do with a request: 0: let the handler answer; a status: refuse it; nothing: the connection is gone.
    using verdict = std::optional<unsigned>;

    /// Serves one request. \return whether another may follow.
    task<bool> serve_one(bool is_first)
    {
        server_request request;
        request_parser parser(request, limits_.header, limits_.body);
        verdict const refusal = co_await read_request(request, parser, is_first);
        if (!refusal)
            co_return false;

        server_response response;
        std::exception_ptr failure;
        if (*refusal == 0)
            failure = ask_handler(request, response);
        else
            response = plain_response(*refusal);
        bool const goes_on = *refusal == 0 && !failure && parser.keep_alive() && !is_finishing();
        bool const is_written = co_await write_response(response, goes_on, parser.is_head());
        if (is_written && goes_on)
            co_return true;
        response.body = std::string();  // not kept while it lingers
        if (is_written)
            co_await linger();
        if (failure)
            std::rethrow_exception(failure);
        co_return false;
    }

    std::exception_ptr ask_handler(server_request const& request, server_response& response)
    {
        try
        {
            response = handler_(request);
        }
        catch (...)
        {
            response = plain_response(500);
            return std::current_exception();
        }
        return nullptr;
    }

    task<verdict> read_request(server_request const& request, request_parser& parser, bool is_first)
    {
        if (!is_first && buffer_.empty())
            become_kept();
        auto deadline = steady_clock::now() + (is_kept() ? limits_.idle : limits_.request);
        std::size_t header_size = 0;
        bool is_continued = false;
        for (;;)
        {
            if (!buffer_.empty())
            {
                bool const in_header = !parser.is_header_done();
                boost::system::error_code ec;
                auto const used = parser.put(buffer_.data(), ec);
                buffer_.consume(used);
                header_size += in_header ? used : 0;
                if (header_size > limits_.header)
                    co_return verdict(431);
                if (ec && ec != boost::beast::http::error::need_more)
                    co_return verdict(request_parser::status_of(ec));
                if (parser.is_header_done() && parser.refusal() != 0)
                    co_return verdict(parser.refusal());
                if (parser.is_done())
                    co_return verdict(0);
                if (!ec && !buffer_.empty())
                    continue;
            }
            if (parser.is_header_done() && parser.expects_continue() && request.body.empty() && !is_continued)
            {
                is_continued = true;
                bool const is_written = co_await write(continue_, {});
                if (!is_written)
                    co_return verdict();
            }
            auto const space = buffer_.space();
            if (space.size() == 0)
                co_return verdict(431);  // a header line longer than the buffer
            auto reading = stream_.async_read_some(space, use_tuple);
            auto [ec, count] = co_await by(deadline, std::move(reading));
            if (ec == errc::timed_out && !is_idle() && !must_end_now())
                co_return verdict(408);
            if (ec)
                co_return verdict();
            buffer_.commit(count);
            if (is_kept())
                deadline = steady_clock::now() + limits_.request;
            become_busy();
        }
    }

    task<bool> write_response(server_response const& response, bool goes_on, bool is_head)
    {
        auto const head = response_head(response, goes_on);
        std::string_view const body = is_head ? std::string_view() : response.body;
        co_return co_await write(head, body);
    }

    task<bool> write(std::string_view head, std::string_view body)
    {
        auto const deadline = steady_clock::now() + limits_.write;
        std::array<asio::const_buffer, 2> const parts{
            asio::buffer(head.data(), head.size()), asio::buffer(body.data(), body.size())};
        auto writing = asio::async_write(stream_, parts, use_tuple);
        auto [ec, count] = co_await by(deadline, std::move(writing));
        co_return !ec;
    }

    /// Waits for the client's close: a close of ours while bytes of it are unread would be a reset, and that would
    /// take the response from it.
    task<void> linger()
    {
        auto const deadline = steady_clock::now() + limits_.linger;
        co_await end_output(stream_);
        boost::system::error_code ec;
        for (std::size_t taken = 0; !ec && taken < most_taken_;)
        {
            buffer_.clear();
            auto const space = buffer_.space();
            auto reading = stream_.async_read_some(space, use_tuple);
            auto [read_ec, count] = co_await by(deadline, std::move(reading));
            ec = read_ec;
            taken += count;
        }
    }

    static constexpr std::string_view continue_ = "HTTP/1.1 100 Continue\r\n\r\n";

    /// Bytes of a refused request that are read only to be dropped.
    static constexpr std::size_t most_taken_ = 256 * 1024;

    Stream stream_;
    request_handler const& handler_;
    session_limits const& limits_;
    read_buffer buffer_;
};

}  // namespace tcr::net
