// SPDX-License-Identifier: Apache-2.0
#pragma once

// Remembers recent hashes in bounded memory.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tcr
{

/// A set of 64-bit hashes that forgets old hashes. It needs 8 bytes for each of `max_size` hashes, and
/// allocates this memory with the first hash.
///
/// The hashes are stored in groups of `group_size`. A new hash replaces the oldest hash of its group, so the
/// set may forget some hashes before it is full. While the set has at most a quarter of `max_size` hashes, it
/// hardly ever forgets one.
class recent_hashes
{
public:
    /// Precondition: `max_size` is a multiple of `group_size`.
    explicit recent_hashes(std::size_t max_size = 2'048) : group_count_(max_size / group_size) {}

    static constexpr std::size_t group_size = 16;

    bool contains(std::uint64_t hash) const
    {
        return !groups_.empty() && std::ranges::find(group_of(hash), hash) != group_of(hash).end();
    }

    void note(std::uint64_t hash)
    {
        if (groups_.empty())
            groups_.resize(group_count_);
        auto& hashes = groups_[hash % groups_.size()];
        // The newest hash of a group is first. If the group lacks `hash`, `hash` replaces the last hash.
        auto const place = std::find(hashes.begin(), hashes.end() - 1, hash);
        *place = hash;
        std::rotate(hashes.begin(), place, place + 1);
    }

    void forget(std::uint64_t hash)
    {
        if (contains(hash))
            std::ranges::replace(groups_[hash % groups_.size()], hash, std::uint64_t{0});
    }

    /// Whether no hash was noted yet.
    bool is_unused() const { return groups_.empty(); }

private:
    using group = std::array<std::uint64_t, group_size>;

    group const& group_of(std::uint64_t hash) const { return groups_[hash % groups_.size()]; }

    std::size_t group_count_;
    std::vector<group> groups_;
};

}  // namespace tcr
