// SPDX-License-Identifier: Apache-2.0
#include <tcr/instances/removal_state.hpp>

#include <algorithm>

namespace tcr::instances
{
namespace
{

constexpr std::chrono::seconds max_age_while_pending{30};

}  // namespace

removal_decision removal_state::decide(managed_objects const& managed, time_point now)
{
    removal_decision decision;
    for (auto it = announced_.begin(); it != announced_.end();)
    {
        auto const& name = it->first;
        bool const is_listed = managed.listed.contains(name);
        if (is_listed)
            decision.cancelled.push_back(name);
        // If no set contains the object, it no longer exists.
        if (is_listed || (!managed.unlisted.contains(name) && !managed.unknown.contains(name)))
            it = announced_.erase(it);
        else
            ++it;
    }

    auto const removals = managed.unlisted.size();
    auto const all = managed.listed.size() + removals + managed.unknown.size();
    bool const is_mass = removals > 1 && removals * 2 > all;
    for (auto const& name : managed.unlisted)
    {
        if (delay_.count() > 0 && is_mass && announced_.emplace(name, now).second)
            decision.announced.push_back(name);
        auto const announced = announced_.find(name);
        if (announced == announced_.end() || now >= announced->second + delay_)
            decision.now.insert(name);
        else
            decision.next = std::min(decision.next.value_or(time_point::max()), announced->second + delay_);
    }
    return decision;
}

std::chrono::seconds removal_state::answer_age(time_point now, std::chrono::seconds usual) const
{
    if (announced_.empty())
        return usual;
    bool const is_due = std::any_of(
        announced_.begin(), announced_.end(), [&](auto const& each) { return now >= each.second + delay_; }
    );
    return is_due ? std::chrono::seconds(0) : std::min(usual, max_age_while_pending);
}

}  // namespace tcr::instances
