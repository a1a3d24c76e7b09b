// SPDX-License-Identifier: Apache-2.0
#pragma once

// Looks up host names within a time limit.

#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace tcr::net
{

using resolved = result<std::vector<asio::ip::tcp::endpoint>>;

/// A function that looks up a name and blocks until the answer arrives. `resolve` runs it in a separate
/// thread.
using blocking_resolver = resolved (*)(std::string const& host, std::string const& port);

/// Calls getaddrinfo(3).
resolved system_resolver(std::string const& host, std::string const& port);

/// Max open look-ups, including abandoned look-ups. A process normally needs fewer names at the same time.
inline constexpr std::size_t max_open_look_ups = 8;

/// Looks up the addresses of a host. `port` is decimal, or empty for 0.
///
/// getaddrinfo(3) cannot be cancelled, so it runs in a detached thread. A look-up is abandoned when no caller
/// waits for it any more. An abandoned look-up keeps its thread until `work` returns, but delays neither the
/// event loop nor the end of the process. Callers that ask for the same host and port share one look-up, even
/// if it was abandoned. Call `resolve` from one thread only.
/// \par Errors
/// - the error of `work`;
/// - `errc::timed_out` at `deadline`;
/// - `resource_unavailable_try_again` if `max_open_look_ups` other look-ups are open, no thread can be
///   started, or `work` throws;
/// - `resource_unavailable_try_again`, or a system error such as EMFILE, if no file descriptor is left.
/// \par Cancellation terminal: returns `operation_aborted` at once, and the next `co_await` throws.
task<resolved> resolve(
    std::string host,
    std::string port,
    std::chrono::steady_clock::time_point deadline,
    blocking_resolver work = &system_resolver
);

}  // namespace tcr::net
