// SPDX-License-Identifier: Apache-2.0
#pragma once

// Takes part in the election of a leader by Lease, and runs the leader's work.

#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/log/reported_failures.hpp>
#include <tcr/runtime/election_state.hpp>
#include <tcr/runtime/leadership.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>
#include <tcr/util/task_group.hpp>

#include <functional>
#include <random>
#include <string>

namespace tcr::runtime
{

/// Names the Lease, and our identity in it.
struct lease_place
{
    std::string ns;
    std::string name;
    std::string identity;
};

/// Takes part in the election for a Lease, and runs the leader's work while this process holds the Lease.
/// `election_state` makes the decisions.
class leader_election
{
public:
    /// `client`, `held` and `log` must outlive the election.
    leader_election(
        asio::any_io_executor executor,
        kube::client& client,
        lease_place where,
        leader_election_options options,
        leadership& held,
        logger& log
    );

    /// Runs `lead` whenever this process is elected. Cancels and awaits `lead` at the end of the leadership.
    /// \par Errors throws what `lead` throws. \par Cancellation terminal: cancels and awaits `lead` first.
    /// The lease is not released: call `release`.
    task<void> run(std::function<task<void>()> lead);

    /// Releases the lease if we hold it, so that other candidates need not wait for its expiry. Call this
    /// when no write of ours can still reach the server. Makes one attempt, which lasts at most two retry
    /// periods. A failure is logged and harmless: the lease expires.
    task<void> release();

    /// How often this process was elected.
    std::uint64_t leaderships() const { return leaderships_; }

private:
    bool leads() const { return held_.holds(boot_clock::now()); }
    task<void> run_leaderships(std::function<task<void>()> lead);
    task<void> end_with_leadership(task_group& work);
    task<next_reconcile> do_step();
    task<result<lease>> fetch(
        net::http_request request, std::string_view doing, std::chrono::milliseconds limit
    );
    void publish();
    void report(error const& failure);

    asio::any_io_executor executor_;
    kube::client& client_;
    lease_place where_;
    std::string full_name_;  ///< namespace and name of the lease, for the log
    leader_election_options options_;
    leadership& held_;
    logger& log_;
    election_state state_;
    reconcile_loop steps_;
    notifier changed_;  ///< notified when `held_` changes
    std::minstd_rand random_{std::random_device{}()};
    reported_failures reported_;
    std::string logged_holder_;
    std::uint64_t leaderships_ = 0;
    bool has_claimed_ = false;
};

}  // namespace tcr::runtime
