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

/// Looks up a name and blocks until the answer; runs in its own thread.
using blocking_resolver = resolved (*)(std::string const& host, std::string const& port);

/// Calls getaddrinfo(3).
resolved system_resolver(std::string const& host, std::string const& port);

/// Max open look-ups, abandoned ones included. A process needs fewer names at a time.
inline constexpr std::size_t max_open_look_ups = 8;

/// Looks up a host's addresses; `port` is decimal, or empty for 0.
///
/// getaddrinfo cannot be cancelled (getaddrinfo(3)), so it runs in a detached thread. A look-up without
/// callers is abandoned: it holds its thread until it returns, and delays neither the loop nor the end of the
/// process. Callers that ask for the same host and port share one look-up, also an abandoned one. Call it
/// from one thread only.
/// \par Errors the resolver's; `timed_out` at `deadline`; `resource_unavailable_try_again` where
/// `max_open_look_ups` other look-ups are open, no thread can be made, or the resolver throws.
/// \par Cancellation terminal: returns `operation_aborted` at once, and the next `co_await` throws.
task<resolved> resolve(
    std::string host,
    std::string port,
    std::chrono::steady_clock::time_point deadline,
    blocking_resolver work = &system_resolver
);

}  // namespace tcr::net
