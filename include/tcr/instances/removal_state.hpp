#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

// Decides when the ImagePullSecrets that a list of instances no longer asks for are removed.
namespace tcr::instances
{

/// What exists of the ImagePullSecrets made from the list of instances, by name.
struct made_objects
{
    std::set<std::string> listed;    ///< the list asks for them
    std::set<std::string> unlisted;  ///< the list does not ask for them any more
    std::set<std::string> unknown;   ///< of instances whose domains the cloud does not report at the moment
};

/// What to do about those that the list does not ask for. All are names.
struct removal_decision
{
    std::set<std::string> now;           ///< to be removed now
    std::vector<std::string> announced;  ///< to be removed after the delay; announced for the first time
    std::vector<std::string> cancelled;  ///< were announced, and the list asks for them again
    std::optional<std::chrono::steady_clock::time_point> next;  ///< when the next announced removal is due
};

/// Decides when ImagePullSecrets are removed: each one takes credentials out of every namespace that it
/// serves, and a list that lost most of its entries is more often a mistake than a decision. Pure; the caller
/// gives the time.
class removal_state
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// A delay of 0 removes everything at once.
    explicit removal_state(std::chrono::milliseconds delay) : delay_(delay) {}

    /// Removals of more than one object and more than half of all are announced, and each is due after the
    /// delay. An announced removal stays announced until it is due, however many others are left by then:
    /// objects made meanwhile from the same list would release it otherwise. An object of an unknown instance
    /// is not removed, even when due.
    removal_decision decide(made_objects const& made, time_point now);

    /// Counts from the announcement, for pending removals too.
    void set_delay(std::chrono::milliseconds delay) { delay_ = delay; }

    /// How old an answer of the cloud may be for the `decide` at `now`: as old as `usual` without a pending
    /// removal, 30 s with one, so that a wrong answer is corrected within the delay, and 0 where an announced
    /// removal is due.
    std::chrono::seconds answer_age(time_point now, std::chrono::seconds usual) const;

    /// Removals that are announced and not done.
    std::size_t pending() const { return announced_.size(); }

private:
    std::chrono::milliseconds delay_;
    std::map<std::string, time_point> announced_;
};

}  // namespace tcr::instances
