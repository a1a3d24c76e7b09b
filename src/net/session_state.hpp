#pragma once

// The state of the HTTP server's connections, and the list of open ones.

#include "request_parser.hpp"
#include <tcr/net/errc.hpp>
#include <tcr/net/http_server.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <tuple>
#include <utility>

namespace tcr::net
{

class session_state;

/// The open sessions of a server.
class session_list
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// `max_body_bytes` as in `server_options`, `first_request` as in `session_limits`.
    session_list(
        asio::any_io_executor executor,
        std::size_t max_body_bytes,
        std::chrono::milliseconds first_request = session_limits().first_request
    )
        : changed_(executor), bodies_(max_body_bytes), first_request_(first_request)
    {
    }

    std::size_t size() const { return sessions_.size(); }
    bool empty() const { return sessions_.empty(); }

    /// Ends the session that has been idle for the longest, unless one ended earlier is still open. A new
    /// session counts as idle once it has waited for its first request for `first_request`; one in its
    /// handshake never does.
    /// \return when to call it again if no session changes before: when the next new session counts; `max`:
    /// never.
    time_point make_room(time_point now);

    /// Ends each session after its response in flight, idle ones at once.
    void finish();

    /// Ends each session at once.
    void cut();

    /// Returns when a session has ended or become idle, or at `deadline`. \par Cancellation as `notifier`.
    task<void> wait_until(time_point deadline) { return changed_.wait_until(deadline); }

private:
    friend class session_state;

    std::list<session_state*> sessions_;
    notifier changed_;
    body_budget bodies_;
    std::chrono::milliseconds first_request_;
};

/// The part of a session that does not depend on its stream.
class session_state
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Adds itself to the list. \par Lifetimes the list must outlive it.
    session_state(asio::any_io_executor executor, session_list& all);
    ~session_state();
    session_state(session_state const&) = delete;
    session_state& operator=(session_state const&) = delete;

    /// No byte of a request has arrived since the connection's start or the last response.
    bool is_idle() const { return phase_ != phase::busy; }

    /// Time at which it became fresh or kept.
    time_point idle_since() const { return idle_since_; }

    /// It reads no further request.
    bool is_finishing() const { return is_finishing_; }

    /// Makes the response in flight the last one; an idle session ends at once.
    void finish();

    /// Ends the session at once. Unlike a cancellation this works in every state: Boost 1.81 loses the
    /// cancellation of a coroutine that has not started, and each wait has one for a moment.
    void cut();

protected:
    void become_fresh() { become_idle(phase::fresh); }
    void become_kept() { become_idle(phase::kept); }
    void become_busy() { phase_ = phase::busy; }
    body_budget& bodies() { return all_.bodies_; }
    bool must_end_now() const { return is_cut_ || (is_idle() && is_finishing_); }

    /// Awaits one operation on the stream. \par Errors the operation's own; `errc::timed_out` at `deadline`,
    /// or when the session must end now: the operation is then cancelled. \par Cancellation terminal, by
    /// exception.
    template <class... T>
    task<std::tuple<boost::system::error_code, T...>> with_deadline(
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
    friend class session_list;

    enum class phase
    {
        opening,  ///< in its handshake
        fresh,    ///< open, and has had no request yet
        busy,
        kept  ///< idle after a response; clients expect that the server may close it
    };

    void become_idle(phase which);

    session_list& all_;
    std::list<session_state*>::iterator place_;
    asio::steady_timer timer_;
    time_point idle_since_{};
    phase phase_ = phase::opening;
    bool is_finishing_ = false;
    bool is_cut_ = false;
};

}  // namespace tcr::net
