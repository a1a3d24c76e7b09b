#pragma once

// Interned texts, counted by use.

#include <tcr/util/sip_hash.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tcr::runtime
{

/// Texts held once, counted by use, named by a 32-bit number.
///
/// The hash is keyed (`sip_hash`): tenants choose the texts. A text of n bytes costs one allocation of n + 8
/// bytes, 8 to 16 bytes of index and 5 to 11 bytes of hash table.
class string_pool
{
public:
    /// Number of a text; 0 is the empty text, which is always there and not counted.
    using id = std::uint32_t;

    string_pool();
    ~string_pool();
    string_pool(string_pool const&) = delete;
    string_pool& operator=(string_pool const&) = delete;

    /// The text's number, counted once more.
    id acquire(std::string_view text);

    /// Counts once more a number that is in use.
    id acquire(id known);

    /// Counts once less; the last use frees the text and, later, its number.
    void release(id known);

    /// The text's number without counting it, or `absent`.
    id find(std::string_view text) const;

    /// The text; valid while it is in use.
    std::string_view text(id known) const;

    /// How often a text is counted now; of the empty one 0.
    std::uint32_t uses(id known) const;

    /// Texts in use, beside the empty one.
    std::size_t size() const { return used_; }

    /// Their lengths together.
    std::size_t bytes() const { return bytes_; }

    static constexpr id absent = ~id{0};

private:
    struct entry;

    std::size_t hash(std::string_view text) const;
    std::size_t slot_of(std::string_view text) const;
    void grow();
    void close_gap(std::size_t hole);

    sip_key const key_ = process_sip_key();
    std::vector<entry*> entries_;
    std::vector<id> free_;
    std::vector<id> table_;  ///< open addressing, linear probing; 0 is an empty slot
    std::size_t used_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace tcr::runtime
