// SPDX-License-Identifier: Apache-2.0
#pragma once

// Writes Kubernetes Events in the background.

#include <tcr/log/line_limiter.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/net/http_message.hpp>
#include <tcr/runtime/event_correlator.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <functional>
#include <random>
#include <string>
#include <string_view>

namespace tcr::runtime
{

/// Writes Kubernetes Events about cluster-scoped objects in the background, so that callers never wait. If
/// Events cannot be written, the recorder logs one warning until the error changes or a write succeeds. It
/// reports nothing to the caller.
class event_recorder
{
public:
    /// Sends a write request, as `fenced_client::fetch` does. `doing` outlives the call.
    using sender =
        std::function<task<result<std::string>>(net::http_request request, std::string_view doing)>;

    /// `log` must outlive the recorder.
    event_recorder(
        asio::any_io_executor executor, sender send, event_correlator::options options, logger& log
    );

    /// Records an occurrence. `reason` is one CamelCase word from a small set, at most 128 bytes. `message`
    /// is a sentence without a credential. Reads the system's clocks. Never waits and never fails.
    void record(
        object_reference const& about, event_type type, std::string_view reason, std::string_view message
    );

    /// Writes Events until cancelled, also for occurrences that were recorded before this call.
    /// \par Cancellation terminal, by exception. The server may or may not have executed the request in
    /// flight.
    task<void> run() { return loop_.run(); }

private:
    task<next_reconcile> write_due();
    task<void> write(event_write const& what);
    void report(error const& failure, bool is_retried);

    sender send_;
    logger& log_;
    event_correlator events_;
    reconcile_loop loop_;
    line_limiter lines_;
    boost::system::error_code last_failure_;  ///< last reported failure; empty after a success
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace tcr::runtime
