#pragma once

// Interned texts with reference counts.

#include <tcr/util/sip_hash.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tcr::runtime
{

/// Holds each text once, counts its uses and identifies it by a 32-bit id.
///
/// The hash is keyed (`sip_hash`): tenants choose the texts. A text of n bytes costs one allocation of n + 8
/// bytes, 8 to 16 bytes of index and 5 to 11 bytes of hash table.
class string_pool
{
public:
    /// Id of a text; 0 is the empty text, which always exists and is not counted.
    using id = std::uint32_t;

    string_pool();
    ~string_pool();
    string_pool(string_pool const&) = delete;
    string_pool& operator=(string_pool const&) = delete;

    /// Id of the text; adds one use.
    id acquire(std::string_view text);

    /// Removes one use; removing the last one frees the text, and its id may be reused.
    void release(id known);

    /// Id of the text without adding a use, or `absent`.
    id find(std::string_view text) const;

    /// The text; valid while it is in use.
    std::string_view text(id known) const;

    /// Current number of uses; 0 for the empty text.
    std::uint32_t uses(id known) const;

    /// Texts in use, without the empty one.
    std::size_t size() const { return entries_.size() - 1 - free_.size(); }

    /// Total length of the texts in use.
    std::size_t bytes() const { return bytes_; }

    static constexpr id absent = ~id{0};

private:
    struct entry;

    std::size_t slot_of(std::string_view text) const;
    void grow();
    void close_gap(std::size_t hole);

    sip_key const key_ = process_sip_key();
    std::vector<entry*> entries_;
    std::vector<id> free_;
    std::vector<id> table_;  ///< open addressing, linear probing; 0 is an empty slot
    std::size_t bytes_ = 0;
};

}  // namespace tcr::runtime
