#pragma once

// Remembers recent hashes in bounded memory.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tcr
{

/// A set of 64-bit hashes that forgets old ones: at most `max_size` hashes in 16 KiB, which are allocated with
/// the first hash. A hash replaces an old one with the same low bits, so the set may forget some hashes before
/// it is full.
class recent_hashes
{
public:
    static constexpr std::size_t max_size = 2'048;

    bool contains(std::uint64_t hash) const
    {
        return !groups_.empty() && std::ranges::find(group_of(hash), hash) != group_of(hash).end();
    }

    void note(std::uint64_t hash)
    {
        if (groups_.empty())
            groups_.resize(max_size / group_size);
        auto& hashes = groups_[hash % groups_.size()];
        // The newest is first. If the group lacks the hash, the last one makes room.
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
    static constexpr std::size_t group_size = 4;
    using group = std::array<std::uint64_t, group_size>;

    group const& group_of(std::uint64_t hash) const { return groups_[hash % groups_.size()]; }

    std::vector<group> groups_;
};

}  // namespace tcr
