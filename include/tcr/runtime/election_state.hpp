#pragma once

#include <tcr/runtime/leader_election_options.hpp>
#include <tcr/runtime/lease.hpp>
#include <tcr/util/boot_clock.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace tcr::runtime
{

/// The decisions of a leader election by Lease, without I/O, clock or chance: the caller tells all three.
///
/// Clocks of machines are never compared. A candidate takes a lease only when it has seen no renewal for the
/// lease's whole duration by its own clock; a leader counts its time from before it sent its last renewal
/// that succeeded. So a leader's time is over (`renew_deadline`) before any other's can begin
/// (`lease_duration`).
class election_state
{
public:
    using time_point = boot_clock::time_point;

    /// What to ask the server.
    enum class step
    {
        read,    ///< get the lease
        create,  ///< make it, ours
        claim    ///< write ourselves into it, to take it or to renew it, if it is still as we saw it
    };

    /// `identity` is unique among all candidates and all lives of them that may overlap.
    election_state(std::string identity, leader_election_options options)
        : identity_(std::move(identity)), options_(options)
    {
    }

    /// The next step, and when it is due. `random` in [0, 1) spreads the looks of many candidates.
    step next(time_point now) const;
    time_point due() const { return due_; }

    // How a step ended.

    /// The lease as the server has it.
    void seen(lease const& record, time_point now, double random);

    /// There is none. Where another held it when it was last seen, his time is waited for; a candidate that
    /// has never seen it cannot know, so deleting the lease of a leader at work may let two write until the
    /// first one notices.
    void absent(time_point now);

    /// A create or a claim that was sent at `sent_at` succeeded.
    void claimed(lease const& record, time_point sent_at);

    /// Somebody was faster: the lease is not as we thought.
    void refused(time_point now);

    /// No answer, or one that says nothing about the lease. The leadership goes on until its time is over.
    void failed(time_point now, double random);

    /// What a create or a claim writes. `time` is RFC 3339 with microseconds.
    lease claim(std::string const& time) const;

    /// The end of our leadership unless it is renewed; in the past, or the epoch, when we do not lead.
    time_point leads_until() const { return leads_until_; }
    bool leads(time_point now) const { return now < leads_until_; }

    /// Who leads, as far as we know; empty: nobody.
    std::string const& holder() const;

    std::string const& identity() const { return identity_; }

private:
    bool is_free(time_point now) const;
    std::chrono::seconds whole_duration() const;
    std::chrono::seconds duration_of(lease const& record) const;

    std::string identity_;
    leader_election_options options_;
    std::optional<lease> record_;  ///< as last seen; nothing: to be read
    bool is_absent_ = false;
    time_point changed_at_{};    ///< when a renewal of somebody else's was last seen
    time_point barred_until_{};  ///< the end of the time of who held the lease that is gone
    time_point due_{};
    time_point leads_until_{};
    bool was_refused_ = false;
};

}  // namespace tcr::runtime
