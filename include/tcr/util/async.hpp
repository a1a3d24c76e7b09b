// SPDX-License-Identifier: Apache-2.0
#pragma once

// The type of all coroutines, their completion token, and a sleep.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace tcr
{

namespace asio = boost::asio;

/// A coroutine. It returns an expected failure as a `result`. If it is cancelled, Asio throws `system_error`
/// with `operation_aborted` from the current `co_await`, or from the next one if the current one uses
/// `use_tuple`.
template <class T>
using task = asio::awaitable<T>;

/// Completion token: suspends the coroutine, then returns a tuple that starts with the error code.
inline constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// Suspends the coroutine for `duration`. \par Cancellation terminal: throws `operation_aborted`.
inline task<void> sleep_for(std::chrono::steady_clock::duration duration)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace tcr
