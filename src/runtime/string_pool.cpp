// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/string_pool.hpp>

#include <cstdlib>
#include <cstring>
#include <new>

namespace tcr::runtime
{

/// The header of a text. The text's bytes follow it in the same allocation.
struct string_pool::entry
{
    std::uint32_t uses;
    std::uint32_t length;

    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    std::string_view text() const { return {reinterpret_cast<char const*>(this + 1), length}; }
};

string_pool::string_pool() : entries_(1, nullptr), table_(64, 0) {}

string_pool::~string_pool()
{
    for (auto* each : entries_)
        std::free(each);
}

std::size_t string_pool::slot_of(std::string_view text) const
{
    auto const mask = table_.size() - 1;
    auto slot = sip_hash(key_, text) & mask;
    while (table_[slot] != 0 && entries_[table_[slot]]->text() != text)
        slot = (slot + 1) & mask;
    return slot;
}

void string_pool::grow()
{
    std::vector<id> old(table_.size() * 2, 0);
    old.swap(table_);
    for (auto known : old)
        if (known != 0)
            table_[slot_of(entries_[known]->text())] = known;
}

string_pool::id string_pool::acquire(std::string_view text)
{
    if (text.empty())
        return 0;
    auto slot = slot_of(text);
    if (table_[slot] != 0)
    {
        ++entries_[table_[slot]]->uses;
        return table_[slot];
    }
    if ((size() + 1) * 4 > table_.size() * 3)
    {
        grow();
        slot = slot_of(text);
    }
    auto* fresh = static_cast<entry*>(std::malloc(sizeof(entry) + text.size()));
    if (fresh == nullptr)
        throw std::bad_alloc();
    fresh->uses = 1;
    fresh->length = static_cast<std::uint32_t>(text.size());
    std::memcpy(fresh->bytes(), text.data(), text.size());
    id number = static_cast<id>(entries_.size());
    if (free_.empty())
        entries_.push_back(fresh);
    else
    {
        number = free_.back();
        free_.pop_back();
        entries_[number] = fresh;
    }
    table_[slot] = number;
    bytes_ += text.size();
    return number;
}

void string_pool::release(id known)
{
    if (known == 0 || --entries_[known]->uses > 0)
        return;
    auto const slot = slot_of(entries_[known]->text());
    table_[slot] = 0;
    close_gap(slot);
    bytes_ -= entries_[known]->length;
    std::free(entries_[known]);
    entries_[known] = nullptr;
    free_.push_back(known);
}

void string_pool::close_gap(std::size_t hole)
{
    // Linear probing stops at a hole. So a later entry moves into the hole, if its probe sequence passes the
    // hole. The old slot of this entry becomes the next hole.
    auto const mask = table_.size() - 1;
    for (auto next = (hole + 1) & mask; table_[next] != 0; next = (next + 1) & mask)
    {
        auto const home = sip_hash(key_, entries_[table_[next]]->text()) & mask;
        if (((next - home) & mask) < ((next - hole) & mask))
            continue;
        table_[hole] = table_[next];
        table_[next] = 0;
        hole = next;
    }
}

string_pool::id string_pool::find(std::string_view text) const
{
    if (text.empty())
        return 0;
    auto const known = table_[slot_of(text)];
    return known == 0 ? absent : known;
}

std::uint32_t string_pool::uses(id known) const
{
    return known == 0 ? 0 : entries_[known]->uses;
}

std::string_view string_pool::text(id known) const
{
    return known == 0 ? std::string_view() : entries_[known]->text();
}

}  // namespace tcr::runtime
