// SPDX-License-Identifier: Apache-2.0
#pragma once

// The state of each connection of the HTTP server, and the list of open connections.

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

    /// See `server_options::max_body_bytes` and `session_limits::first_request`.
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

    /// Ends the replaceable session that has been idle for the longest time.
    /// `server_options::max_connections` defines which sessions are replaceable. Does nothing while a session
    /// that an earlier call has ended is still in this list.
    /// \return the time at which the next new session becomes replaceable. Call `make_room` again at this
    /// time, or earlier if a session ends or becomes idle. `time_point::max()` if an idle session is ending,
    /// or if no session is new.
    time_point make_room(time_point now);

    /// Ends idle sessions at once, and each other session after its response in flight.
    void finish();

    /// Ends each session at once.
    void cut();

    /// Returns when a session has ended or become idle, or at `deadline`. \par Cancellation the same as
    /// `notifier::wait_until`.
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

    /// Adds this session to `all`. \par Lifetimes `all` must outlive the session.
    session_state(asio::any_io_executor executor, session_list& all);
    ~session_state();
    session_state(session_state const&) = delete;
    session_state& operator=(session_state const&) = delete;

    /// Whether no byte of a request has arrived since the connection's start or the last response.
    bool is_idle() const { return phase_ != phase::busy; }

    /// Time at which the session became `fresh` or `kept`.
    time_point idle_since() const { return idle_since_; }

    /// Whether `finish` was called: the session reads no further request.
    bool is_finishing() const { return is_finishing_; }

    /// Ends the session after the response in flight. Ends an idle session at once.
    void finish();

    /// Ends the session at once. Unlike a cancellation, `cut` works at any time: Boost 1.81 loses a
    /// cancellation if the coroutine has not started, and each wait starts a coroutine.
    void cut();

protected:
    void become_fresh() { become_idle(phase::fresh); }
    void become_kept() { become_idle(phase::kept); }
    void become_busy() { phase_ = phase::busy; }
    body_budget& bodies() { return all_.bodies_; }
    bool must_end_now() const { return is_cut_ || (is_idle() && is_finishing_); }

    /// Awaits one operation, such as a read or a handler. Cancels it at `deadline`, or as soon as the session
    /// must end. \par Errors the error of the operation; `errc::timed_out` if this function has cancelled it.
    /// \par Cancellation terminal: returns an error, and the caller's next `co_await` throws.
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
        opening,  ///< before the end of the handshake
        fresh,    ///< open, without a request so far
        busy,
        kept  ///< idle after a response; replaceable at any time
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
