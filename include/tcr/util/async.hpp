// SPDX-License-Identifier: Apache-2.0
#pragma once

// The type of all coroutines, and their completion token.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace tcr
{

namespace asio = boost::asio;

/// A coroutine. It returns an expected failure as a `result`. A cancelled coroutine ends with the exception
/// `operation_aborted`, which Asio throws at the next `co_await`.
template <class T>
using task = asio::awaitable<T>;

/// Completion token: suspends the coroutine and returns a tuple that starts with the error code.
inline constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// Suspends the coroutine for `duration`. \par Cancellation terminal: throws `operation_aborted`.
inline task<void> sleep_for(std::chrono::steady_clock::duration duration)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace tcr
