#pragma once

// Decides when the ImagePullSecrets that a list of instances no longer asks for are removed.

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
    std::set<std::string> listed;    ///< the list asks for them
    std::set<std::string> unlisted;  ///< the list no longer asks for them
    std::set<std::string> unknown;   ///< of instances whose domains the cloud does not report at the moment
};

/// What to do with the ImagePullSecrets that the list does not ask for. All are names.
struct removal_decision
{
    std::set<std::string> now;           ///< to be removed now
    std::vector<std::string> announced;  ///< to be removed after the delay; announced for the first time
    std::vector<std::string> cancelled;  ///< announced before, and the list asks for them again
    std::optional<std::chrono::steady_clock::time_point> next;  ///< when the next announced removal is due
};

/// Decides when ImagePullSecrets are removed. Each removal takes credentials out of every namespace that the
/// object serves, and a list that lost most of its entries is probably a mistake. Pure; the caller passes the
/// time.
class removal_state
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// A delay of 0 removes everything at once.
    explicit removal_state(std::chrono::milliseconds delay) : delay_(delay) {}

    /// Removals of more than one object and more than half of all are announced; each is due after the delay.
    /// An announced removal stays announced until it is due, even if the removals are no longer the majority:
    /// objects made meanwhile from the same list would otherwise cancel the delay. An object of an unknown
    /// instance is not removed, even when due.
    removal_decision decide(managed_objects const& managed, time_point now);

    /// Sets the delay from announcement to removal, for pending removals, too.
    void set_delay(std::chrono::milliseconds delay) { delay_ = delay; }
    std::chrono::milliseconds delay() const { return delay_; }

    /// Max age of an answer of the cloud that `decide` may use at `now`: `usual` without a pending removal;
    /// at most 30 s with one, so that a wrong answer is corrected within the delay; 0 if an announced removal
    /// is due.
    std::chrono::seconds answer_age(time_point now, std::chrono::seconds usual) const;

    /// Number of removals that are announced and not done.
    std::size_t pending() const { return announced_.size(); }

private:
    std::chrono::milliseconds delay_;
    std::map<std::string, time_point> announced_;
};

}  // namespace tcr::instances
