// SPDX-License-Identifier: Apache-2.0
#pragma once

// Numbered records of one kind, in groups. The look-up of a name in a group takes constant time.

#include <tcr/runtime/string_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace tcr::runtime
{

/// Holds records of one kind in chunks. Records are numbered from 1; freed numbers are reused. When the pool
/// grows, no record moves. A growing vector would need space for the old and the new records at once.
template <class Record>
class record_pool
{
public:
    using number = std::uint32_t;

    number allocate()
    {
        if (!free_.empty())
        {
            auto again = free_.back();
            free_.pop_back();
            return again;
        }
        if (highest_ % chunk_size == 0)
            chunks_.push_back(std::make_unique<Record[]>(chunk_size));
        return ++highest_;
    }

    void release(number which)
    {
        (*this)[which] = Record{};
        free_.push_back(which);
    }

    Record& operator[](number which) { return chunks_[(which - 1) / chunk_size][(which - 1) % chunk_size]; }
    Record const& operator[](number which) const
    {
        return chunks_[(which - 1) / chunk_size][(which - 1) % chunk_size];
    }

    /// Highest number ever allocated. This number and lower ones may be free.
    number highest() const { return highest_; }
    std::size_t size() const { return highest_ - free_.size(); }

private:
    static constexpr std::size_t chunk_size = 512;

    std::vector<std::unique_ptr<Record[]>> chunks_;
    std::vector<number> free_;
    number highest_ = 0;
};

/// Records of one kind in groups. A record has a name that is unique in its group. The name is an interned
/// text.
///
/// A `Record` has a field `name` (a string_pool::id, 0 for none) and a field `next`, which only this class
/// uses. The caller keeps a `head` for each group; 0 is an empty group.
///
/// A group begins as a chain: a linked list through `next`. A chain needs no further memory, and most
/// namespaces have few accounts. With more than `max_chain` records, the group gets a hash table of record
/// numbers. When the group has shrunk to `min_table` records, it becomes a chain again.
template <class Record>
class record_groups
{
public:
    using number = typename record_pool<Record>::number;
    using head = std::uint32_t;
    using cursor = std::uint32_t;

    static constexpr number none = 0;
    static constexpr cursor end = ~cursor{0};
    static constexpr std::size_t max_chain = 32;
    static constexpr std::size_t min_table = 8;

    Record& operator[](number which) { return pool_[which]; }
    Record const& operator[](number which) const { return pool_[which]; }

    /// Number of records in all groups.
    std::size_t size() const { return pool_.size(); }

    /// The group's record of this name, or `none`.
    number find(head group, string_pool::id name) const
    {
        if (is_table(group))
        {
            auto const& table = table_of(group);
            return table.slots[slot_of(table, name)];
        }
        auto each = group;
        while (each != none && pool_[each].name != name)
            each = pool_[each].next;
        return each;
    }

    /// Adds a record with this name. Precondition: the group has no record of this name.
    number insert(head& group, string_pool::id name)
    {
        auto const fresh = pool_.allocate();
        pool_[fresh].name = name;
        if (!is_table(group) && chain_length(group) == max_chain)
            make_table(group);
        if (is_table(group))
            insert_into(table_of(group), fresh);
        else
            pool_[fresh].next = std::exchange(group, fresh);
        return fresh;
    }

    /// Removes a record from the group.
    void erase(head& group, number which)
    {
        if (is_table(group))
        {
            auto& table = table_of(group);
            erase_slot(table, slot_of(table, pool_[which].name));
            pool_.release(which);
            shrink(group);
            return;
        }
        auto* link = &group;
        while (*link != which)
            link = &pool_[*link].next;
        *link = pool_[which].next;
        pool_.release(which);
    }

    /// Removes each record of the group for which `is_gone(Record&)` returns true. Calls `is_gone` once for
    /// each record, and removes records only after the last call. \return the number of removed records.
    template <class F>
    std::size_t erase_if(head& group, F&& is_gone)
    {
        std::vector<number> gone;
        auto const check = [&](number which)
        {
            if (which != none && is_gone(pool_[which]))
                gone.push_back(which);
        };
        if (is_table(group))
            for (auto const which : table_of(group).slots)
                check(which);
        else
            for (auto which = group; which != none; which = pool_[which].next)
                check(which);
        for (auto const which : gone)
            erase(group, which);
        return gone.size();
    }

    /// Calls `f(Record const&)` for each record of the group. In a chain that was never a hash table, the
    /// newest record comes first; otherwise the order is arbitrary. `f` must not change the groups.
    template <class F>
    void for_each(head group, F&& f) const
    {
        for_each_from(group, 0, std::numeric_limits<std::size_t>::max(), f);
    }

    /// Like `for_each`, but begins at position `from` (0 is the first) and stops after `max` records; a `max`
    /// of 0 counts as 1. A chain is always visited completely, whatever `from` and `max` are.
    /// \return where to continue, or `end`. If the group changes between two calls, the later call may skip
    /// or repeat records.
    template <class F>
    cursor for_each_from(head group, cursor from, std::size_t max, F&& f) const
    {
        if (!is_table(group))
        {
            for (auto each = group; each != none; each = pool_[each].next)
                f(pool_[each]);
            return end;
        }
        auto const& slots = table_of(group).slots;
        std::size_t visited = 0;
        for (std::size_t slot = from; slot < slots.size(); ++slot)
        {
            if (slots[slot] == none)
                continue;
            if (visited > 0 && visited >= max)
                return static_cast<cursor>(slot);
            f(pool_[slots[slot]]);
            ++visited;
        }
        return end;
    }

    /// Calls `f(Record&)` for the records of all groups. Also calls it for free records.
    template <class F>
    void for_each_record(F&& f)
    {
        for (number each = 1; each <= pool_.highest(); ++each)
            f(pool_[each]);
    }

private:
    /// Open addressing with linear probing. The number of slots is a power of two.
    struct hash_table
    {
        std::vector<number> slots;
        std::size_t used = 0;
    };

    static constexpr head table_mark = head{1} << 31;  ///< bit of a head; set if the group has a hash table
    static constexpr std::size_t min_slots = 64;

    static bool is_table(head group) { return (group & table_mark) != 0; }
    hash_table& table_of(head group) { return tables_[group & ~table_mark]; }
    hash_table const& table_of(head group) const { return tables_[group & ~table_mark]; }

    /// The multiplication spreads consecutive ids over the table (Knuth, volume 3, 6.4).
    static std::size_t home_of(hash_table const& in, string_pool::id name)
    {
        return (name * std::uint64_t{0x9e3779b97f4a7c15} >> 32) & (in.slots.size() - 1);
    }

    /// The slot of the record with this name, or the free slot for it.
    std::size_t slot_of(hash_table const& in, string_pool::id name) const
    {
        auto slot = home_of(in, name);
        while (in.slots[slot] != none && pool_[in.slots[slot]].name != name)
            slot = (slot + 1) & (in.slots.size() - 1);
        return slot;
    }

    std::size_t chain_length(head group) const
    {
        std::size_t length = 0;
        for (auto each = group; each != none; each = pool_[each].next)
            ++length;
        return length;
    }

    void make_table(head& group)
    {
        hash_table made;
        made.slots.resize(min_slots);
        for (auto each = group; each != none;)
        {
            made.slots[slot_of(made, pool_[each].name)] = each;
            ++made.used;
            each = std::exchange(pool_[each].next, none);
        }
        group = table_mark | tables_.allocate();
        table_of(group) = std::move(made);
    }

    void insert_into(hash_table& in, number which)
    {
        if ((in.used + 1) * 4 > in.slots.size() * 3)
            rebuild(in, in.slots.size() * 2);
        in.slots[slot_of(in, pool_[which].name)] = which;
        ++in.used;
    }

    void rebuild(hash_table& in, std::size_t slots)
    {
        std::vector<number> old(slots, none);
        old.swap(in.slots);
        for (auto const which : old)
            if (which != none)
                in.slots[slot_of(in, pool_[which].name)] = which;
    }

    void erase_slot(hash_table& in, std::size_t hole)
    {
        // Linear probing stops at a hole. So a later entry moves into the hole, if its probe sequence passes
        // the hole. The old slot of this entry becomes the next hole.
        auto const mask = in.slots.size() - 1;
        for (auto next = (hole + 1) & mask; in.slots[next] != none; next = (next + 1) & mask)
        {
            auto const home = home_of(in, pool_[in.slots[next]].name);
            if (((next - home) & mask) < ((next - hole) & mask))
                continue;
            in.slots[hole] = in.slots[next];
            hole = next;
        }
        in.slots[hole] = none;
        --in.used;
    }

    /// Frees memory that the group no longer needs: shrinks the table, or replaces it by a chain.
    void shrink(head& group)
    {
        auto& in = table_of(group);
        if (in.used > min_table)
        {
            auto slots = in.slots.size();
            while (slots > min_slots && in.used * 8 < slots)
                slots /= 2;
            if (slots < in.slots.size())
                rebuild(in, slots);
            return;
        }
        auto const slots = std::move(in.slots);
        tables_.release(group & ~table_mark);
        group = none;
        for (auto const which : slots)
            if (which != none)
                pool_[which].next = std::exchange(group, which);
    }

    record_pool<Record> pool_;
    record_pool<hash_table> tables_;
};

}  // namespace tcr::runtime
