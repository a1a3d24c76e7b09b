// SPDX-License-Identifier: Apache-2.0
#pragma once

// The loop of a background activity. Examples: keeping a certificate, tokens, statuses or a file in the
// desired state; renewing the lease; repeating a task until it succeeds.

#include <tcr/util/async.hpp>
#include <tcr/util/backoff.hpp>
#include <tcr/util/notifier.hpp>

#include <chrono>
#include <functional>
#include <random>
#include <utility>

namespace tcr::runtime
{

/// The result of a reconcile: when the next one begins.
struct next_reconcile
{
    std::chrono::steady_clock::time_point at;  ///< time of the next reconcile; `trigger` makes it earlier
    /// If true, `at` is ignored: the next reconcile follows a backoff, which `trigger` does not shorten.
    bool is_failed = false;
};

/// Reconciles at the start, after a trigger, and at the time that the last reconcile returned. After a failed
/// reconcile, the next one begins when a backoff ends. Runs one reconcile at a time.
class reconcile_loop
{
public:
    /// Compares the actual with the desired state, and acts. Must not depend on the reason for the call.
    using reconciler = std::function<task<next_reconcile>()>;

    /// `retry` is the backoff after failed reconciles.
    reconcile_loop(asio::any_io_executor executor, reconciler reconcile, backoff_policy retry = {})
        : reconcile_(std::move(reconcile)), retry_(retry), triggered_(executor), backoff_(executor)
    {
    }

    /// Requests another reconcile, also while one is in progress.
    void trigger() { triggered_.notify(); }

    /// As `trigger`, but also ends a backoff in progress. Use it for a new desired state, with which the
    /// reconcile may succeed. If a reconcile is in progress and fails, its backoff follows nevertheless.
    void trigger_at_once()
    {
        backoff_.cancel();
        trigger();
    }

    /// Runs until cancelled. \par Errors throws what `reconcile` throws. \par Cancellation terminal.
    task<void> run();

private:
    reconciler reconcile_;
    backoff_policy retry_;
    notifier triggered_;
    asio::steady_timer backoff_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace tcr::runtime
