// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides when to remove ImagePullSecrets that the list of instances no longer requires.

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tcr::instances
{

/// Names of the existing ImagePullSecrets that were made from the list of instances.
struct managed_objects
{
    std::set<std::string> listed;    ///< the list requires these
    std::set<std::string> unlisted;  ///< the list no longer requires these
    std::set<std::string> unknown;   ///< possibly required: the domains of the instance are unavailable now
};

/// Which ImagePullSecrets to remove, and what to report about removals. The strings are names of
/// ImagePullSecrets.
struct removal_decision
{
    std::set<std::string> now;           ///< remove these now
    std::vector<std::string> announced;  ///< newly announced: removed after the delay
    std::vector<std::string> cancelled;  ///< announced earlier; the list requires these again
    std::optional<std::chrono::steady_clock::time_point> next;  ///< when the next announced removal is due
};

/// Decides when ImagePullSecrets are removed. A removal takes credentials out of every namespace that the
/// object serves. A list that lost most of its entries is probably a mistake, so many removals at once wait.
/// Has no I/O: the caller passes the time.
class removal_state
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// With a delay of 0, removals never wait.
    explicit removal_state(std::chrono::milliseconds delay) : delay_(delay) {}

    /// Decides about the objects in `managed.unlisted`:
    /// - If they are more than one and more than half of all objects, announces their removals, which are due
    ///   after the delay.
    /// - If they are one, or at most half of all objects, their removals are due now.
    /// - A removal that was announced earlier keeps its delay in both cases. Without this rule, the creation
    ///   of further listed objects could reduce the share to half and so end the delay.
    ///
    /// Objects in `managed.unknown` are never removed.
    removal_decision decide(managed_objects const& managed, time_point now);

    /// Sets the time from announcement to removal, also for pending removals.
    void set_delay(std::chrono::milliseconds delay) { delay_ = delay; }
    std::chrono::milliseconds delay() const { return delay_; }

    /// Returns the max age of an answer of the cloud that the caller uses to compute `managed` for `decide`:
    /// - `usual` if no removal is pending
    /// - 0 if a pending removal is due
    /// - at most 30 s if pending removals are not due yet, so that a newer answer can cancel them
    std::chrono::seconds answer_age(time_point now, std::chrono::seconds usual) const;

    /// Number of removals that are announced but not done.
    std::size_t pending() const { return announced_.size(); }

private:
    std::chrono::milliseconds delay_;
    std::map<std::string, time_point> announced_;
};

}  // namespace tcr::instances
