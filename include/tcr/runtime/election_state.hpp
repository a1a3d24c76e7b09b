// SPDX-License-Identifier: Apache-2.0
#pragma once

// The decisions of a leader election by Lease, without I/O.

#include <tcr/runtime/leadership.hpp>
#include <tcr/runtime/lease.hpp>
#include <tcr/util/boot_clock.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace tcr::runtime
{

/// The state of a candidate for a Lease: what it does next, and whether it leads. The caller passes the time
/// and random numbers.
///
/// The election never compares the clocks of two machines. A candidate takes another candidate's lease only
/// if it has seen no renewal for the whole duration of the lease, by its own clock. A leader stops leading
/// `renew_deadline` after it sent its last successful renewal. `renew_deadline` is shorter than the duration
/// of the lease, so a leadership ends before another one can begin.
class election_state
{
public:
    using time_point = boot_clock::time_point;

    /// The next request.
    enum class step
    {
        read,    ///< get the lease
        create,  ///< create the lease with us as its holder
        claim    ///< take or renew the lease, if it is unchanged since the last read or write
    };

    /// Two processes that run at the same time must have different identities. A process can reuse the
    /// identity of a process that has ended.
    election_state(std::string identity, leader_election_options options)
        : identity_(std::move(identity)), options_(options)
    {
    }

    /// The next step. It is due at `due()`.
    step next(time_point now) const;
    time_point due() const { return due_; }

    /// The request of step `what`, sent at `sent_at`, has ended. Calls one of the functions below.
    /// \return no error if the server answered about the lease, even if the lease does not exist or another
    /// candidate was faster. Otherwise the error.
    error answered(step what, result<lease> const& answer, time_point sent_at, time_point now, double random);

    // Results of steps. `random` in [0, 1) spreads the requests of several candidates in time.

    /// The server returned the lease.
    void seen(lease const& record, time_point now, double random);

    /// The lease does not exist. If another candidate held the lease when we last saw it, `create` waits
    /// until that lease would have expired.
    ///
    /// A candidate that does not know the lease (it has never seen the lease, or not since `refused`) does
    /// not wait. So after the lease of an active leader is deleted, two processes may write until the former
    /// leader notices the deletion.
    void absent(time_point now);

    /// The step `create` or `claim`, sent at `sent_at`, succeeded.
    void claimed(lease const& record, time_point sent_at);

    /// The server refused `create` or `claim`, because the lease has changed since we last saw it: usually,
    /// another candidate was faster.
    void refused(time_point now);

    /// The server did not answer, or its answer contains no information about the lease. The leadership
    /// continues until `leads_until()`.
    void failed(time_point now, double random);

    /// The lease that step `create` or `claim` writes. `time` is RFC 3339 with microseconds.
    lease claim(std::string const& time) const;

    /// The time at which our leadership ends unless it is renewed. A past time, or the epoch, if we do not
    /// lead.
    time_point leads_until() const { return leads_until_; }
    bool leads(time_point now) const { return now < leads_until_; }

    /// The holder of the lease as last seen; empty if there is none, or after `refused`.
    std::string const& holder() const;

private:
    bool is_free(time_point now) const;
    std::chrono::seconds whole_duration() const;
    std::chrono::seconds duration_of(lease const& record) const;

    std::string identity_;
    leader_election_options options_;
    std::optional<lease> record_;  ///< the lease as last seen; nullopt: absent or unknown
    bool is_absent_ = false;
    time_point changed_at_{};    ///< when we last saw a change of the lease, or sent a successful claim
    time_point barred_until_{};  ///< no `create` earlier: the holder of the deleted lease may still write
    time_point due_{};
    time_point leads_until_{};
    bool was_refused_ = false;
};

}  // namespace tcr::runtime
