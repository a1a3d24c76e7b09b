// SPDX-License-Identifier: Apache-2.0
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
/// Tenants choose the texts. The hash is keyed (`sip_hash`), so that an attacker cannot choose texts that
/// collide. A text of n bytes costs one allocation of n + 8 bytes, 8 to 16 bytes of `entries_` and 5 to 11
/// bytes of the hash table.
class string_pool
{
public:
    /// Id of a text. 0 is the empty text, which always exists and whose uses are not counted.
    using id = std::uint32_t;

    string_pool();
    ~string_pool();
    string_pool(string_pool const&) = delete;
    string_pool& operator=(string_pool const&) = delete;

    /// Adds one use of the text. Stores the text if it is new. \return the id of the text.
    id acquire(std::string_view text);

    /// Removes one use. Removing the last use frees the text, and its id may be reused.
    void release(id known);

    /// Returns the id of the text without adding a use; `absent` if the pool does not hold the text.
    id find(std::string_view text) const;

    /// The text of this id. Valid while the text is in use.
    std::string_view text(id known) const;

    /// Current number of uses of the text; 0 for the empty text.
    std::uint32_t uses(id known) const;

    /// Number of texts in use, without the empty text.
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
