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

/// What a candidate for a Lease does next, and whether it leads. The caller passes the time and random
/// numbers.
///
/// Clocks of machines are never compared. A candidate takes a lease only after it has seen no renewal for the
/// lease's whole duration by its own clock. A leader counts its leadership from the moment before it sent its
/// last successful renewal. So a leadership ends (`renew_deadline`) before another can begin
/// (`lease_duration`).
class election_state
{
public:
    using time_point = boot_clock::time_point;

    /// The next request.
    enum class step
    {
        read,    ///< get the lease
        create,  ///< create it with us as the holder
        claim    ///< take or renew it, if it is unchanged since we saw it
    };

    /// `identity` is unique among all candidates and among processes of one candidate that may overlap.
    election_state(std::string identity, leader_election_options options)
        : identity_(std::move(identity)), options_(options)
    {
    }

    /// The next step, and when it is due.
    step next(time_point now) const;
    time_point due() const { return due_; }

    /// A step's request, sent at `sent_at`, was answered. Calls one of the functions below. \return the
    /// error. None if the server answered about the lease: it does not exist, or another candidate was
    /// faster.
    error answered(step what, result<lease> const& answer, time_point sent_at, time_point now, double random);

    // Results of steps. `random` in [0, 1) spreads the requests of many candidates.

    /// The server returned the lease.
    void seen(lease const& record, time_point now, double random);

    /// The lease does not exist. If another candidate was its last known holder, `create` waits until that
    /// lease would have expired. A candidate that has never seen the lease cannot know a holder: if the lease
    /// of an active leader is deleted, two may write until the first one notices.
    void absent(time_point now);

    /// A create or a claim, sent at `sent_at`, succeeded.
    void claimed(lease const& record, time_point sent_at);

    /// Another candidate was faster: the lease is not as we last saw it.
    void refused(time_point now);

    /// No answer, or one without information about the lease. The leadership continues until `leads_until()`.
    void failed(time_point now, double random);

    /// The lease that a create or a claim writes. `time` is RFC 3339 with microseconds.
    lease claim(std::string const& time) const;

    /// End of our leadership unless it is renewed; in the past, or the epoch, if we do not lead.
    time_point leads_until() const { return leads_until_; }
    bool leads(time_point now) const { return now < leads_until_; }

    /// The last known leader; empty: none.
    std::string const& holder() const;

private:
    bool is_free(time_point now) const;
    std::chrono::seconds whole_duration() const;
    std::chrono::seconds duration_of(lease const& record) const;

    std::string identity_;
    leader_election_options options_;
    std::optional<lease> record_;  ///< as last seen; nullopt: absent or unknown
    bool is_absent_ = false;
    time_point changed_at_{};    ///< when the lease was last seen to change
    time_point barred_until_{};  ///< when the deleted lease's holder stops
    time_point due_{};
    time_point leads_until_{};
    bool was_refused_ = false;
};

}  // namespace tcr::runtime
