#pragma once

#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/log/reported_failures.hpp>
#include <tcr/runtime/election_state.hpp>
#include <tcr/runtime/leadership.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>
#include <tcr/util/task_group.hpp>

#include <functional>
#include <random>
#include <string>

namespace tcr::runtime
{

/// The Lease, and our identity in it.
struct lease_place
{
    std::string ns;
    std::string name;
    std::string identity;
};

/// Takes part in the election for a Lease, and runs the leader's work while it holds the Lease.
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

    /// Runs `lead` whenever this process is elected, and cancels and awaits it at the end of the leadership.
    /// \par Errors throws what `lead` throws. \par Cancellation terminal; ends `lead` first, and does not
    /// `release` the lease.
    task<void> run(std::function<task<void>()> lead);

    /// Releases the lease, if it is ours, so that no candidate waits for its expiry. Call it when none of our
    /// writes can still reach the server. Tries once, for up to two retry periods; a failure is logged and
    /// harmless.
    task<void> release();

    bool leads() const { return held_.holds(boot_clock::now()); }

    /// How often this process was elected.
    std::uint64_t terms() const { return terms_; }

private:
    task<void> campaign();
    task<void> serve_terms(std::function<task<void>()> lead);
    task<void> end_with_leadership(task_group& term);
    task<void> read();
    task<void> write(election_state::step step);
    void publish();
    void report(error const& failure);
    net::time_limits limits() const;
    double random() { return std::uniform_real_distribution<>()(random_); }

    asio::any_io_executor executor_;
    kube::client& client_;
    lease_place where_;
    leader_election_options options_;
    leadership& held_;
    logger& log_;
    election_state state_;
    notifier news_;
    std::minstd_rand random_{std::random_device{}()};
    reported_failures reported_;
    std::string known_holder_;
    std::uint64_t terms_ = 0;
    bool has_claimed_ = false;
};

}  // namespace tcr::runtime
