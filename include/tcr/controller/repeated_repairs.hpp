// SPDX-License-Identifier: Apache-2.0
#pragma once

// Recognizes objects that another client keeps changing.

#include <tcr/runtime/work_queue.hpp>
#include <tcr/util/recent_hashes.hpp>
#include <tcr/util/sip_hash.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tcr::controller
{

/// Recognizes objects that another client keeps changing. Time is divided into intervals of the length
/// `max_interval`. The repair of an object counts as repeated if both conditions are met:
/// - The namespace is under contention (`key_history::is_contended`).
/// - The object was already repaired in the present or the previous interval.
///
/// Bounded: if there are thousands of such objects, some are not recognized.
class repeated_repairs
{
public:
    /// Length of an interval: twice the longest delay of a repair (see `work_queue::options::contention`). So
    /// `note` finds the previous repair even if the other client undid it only about a minute later.
    static constexpr std::chrono::minutes max_interval{2};

    /// Call it for each write that creates or corrects a Secret, or that adds or removes references.
    /// \param run the earlier runs of the namespace, and the cause of this run. Only a write of a run that
    /// drift caused is recorded, and only if an earlier such run wrote, too (`key_history::repairs` > 0).
    /// Without drift, the run writes for another reason, such as a new account or credential.
    /// \param object kind, namespace and name
    /// \return whether another client keeps changing the object
    bool note(
        runtime::key_history const& run, std::string_view object, std::chrono::steady_clock::time_point now
    )
    {
        if (run.why != runtime::cause::drift || run.repairs == 0)
            return false;
        auto const interval = now.time_since_epoch() / max_interval;
        auto const hash = hash_of(object, interval);
        bool const is_repeated =
            repaired_.contains(hash) || repaired_.contains(hash_of(object, interval - 1));
        repaired_.note(hash);
        return run.is_contended && is_repeated;
    }

private:
    static std::uint64_t hash_of(std::string_view object, std::int64_t interval)
    {
        return sip_hash(process_sip_key(), std::string(object) + " " + std::to_string(interval));
    }

    recent_hashes repaired_;
};

}  // namespace tcr::controller
