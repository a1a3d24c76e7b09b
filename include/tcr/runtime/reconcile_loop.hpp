#pragma once

// The loop of a background activity: it keeps a certificate, tokens, statuses or a file in the desired state,
// renews the lease, or repeats a task until it succeeds.

#include <tcr/util/async.hpp>
#include <tcr/util/backoff.hpp>
#include <tcr/util/notifier.hpp>

#include <chrono>
#include <functional>
#include <random>
#include <utility>

namespace tcr::runtime
{

/// What a reconcile asks of its loop.
struct next_reconcile
{
    std::chrono::steady_clock::time_point at;  ///< of the next reconcile, unless one is triggered before
    bool is_failed = false;  ///< the next one follows a backoff instead, which `trigger` does not shorten
};

/// Reconciles at its start, when triggered, and at the time that the last reconcile returned; one at a time.
class reconcile_loop
{
public:
    /// Compares the actual with the desired state, and acts. Must not depend on the trigger.
    using reconciler = std::function<task<next_reconcile>()>;

    /// `retry` is the backoff after failed reconciles.
    reconcile_loop(asio::any_io_executor executor, reconciler reconcile, backoff_policy retry = {})
        : reconcile_(std::move(reconcile)), retry_(retry), triggered_(executor), backoff_(executor)
    {
    }

    /// Reconciles once more, even where a reconcile is in progress.
    void trigger() { triggered_.notify(); }

    /// As `trigger`, and ends a backoff in progress: for a new desired state, which may not fail as the last
    /// one did. A reconcile in progress that fails is nevertheless followed by its backoff.
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
