// SPDX-License-Identifier: Apache-2.0
#pragma once

// The imagePullSecrets of one account as a text. Its size is bounded, because tenants write the entries.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcr::runtime
{

/// How much of an account's imagePullSecrets the store keeps, see `reference_list`.
enum class list_extent : std::uint8_t
{
    whole,     ///< every entry
    own_only,  ///< only entries with the prefix of our Secrets. GET the account before patching it
    unread,   ///< no entry, because all lists together are too large. GET the account before planning a patch
    too_long  ///< no entry, because the list is too long or unreadable. Do not change the account
};

/// Collects the names of an imagePullSecrets list as one text: "name" lines, each ended by '\n'. Memory is
/// bounded for any input.
///
/// The API server accepts any text as a name, so '\n' and '\\' in a name are escaped with '\\'. An entry
/// without a name is an empty line.
///
/// A list with a text of up to `max_whole_bytes` is kept whole. A longer list is reduced to the entries with
/// the prefix of our Secrets (`own_only`). Of a list that exceeds `max_bytes`, no entry is kept (`too_long`).
class reference_list
{
public:
    static constexpr std::size_t max_whole_bytes = 4 * 1024;

    /// Max size of a list that is not `too_long`. The size is the bytes of all names, plus `bytes_per_entry`
    /// for each entry.
    static constexpr std::size_t max_bytes = 64 * 1024;
    static constexpr std::size_t bytes_per_entry = 32;

    /// Max length of an object's name (DNS subdomain, RFC 1123). An entry with a longer name is not ours.
    static constexpr std::size_t max_name_bytes = 253;

    reference_list() = default;

    /// `own_prefix` is the prefix of our Secrets' names. With an empty prefix, all entries count as ours.
    explicit reference_list(std::string own_prefix) : own_prefix_(std::move(own_prefix)) {}

    /// Implicit: a list of names is a list of references.
    reference_list(std::vector<std::string> const& names);

    /// Appends an entry that has no name yet.
    void add_entry();

    /// Appends a piece to the name of the last entry; `is_last` for the final piece. A piece after the final
    /// one begins a new name, which replaces the old one. Precondition: the list has an entry.
    void name_piece(std::string_view piece, bool is_last);

    /// Completes the last entry. Call this before reading the list.
    void finish();

    /// For an account that cannot be read, or a list of more than `max_bytes`: drops the entries and sets the
    /// extent to `too_long`.
    void mark_too_long();

    /// Begins a new list. Frees the memory of a long old list.
    void clear();

    /// The text of the list. Valid until the list changes. Lists with the same entries and the same extent
    /// have equal texts.
    std::string_view text() const { return text_; }

    list_extent extent() const { return extent_; }

    /// The part of `text()` that an `own_only` list keeps; empty if the list is `too_long`.
    std::string own_text() const;

private:
    bool is_own(std::string_view entry) const;

    std::string own_prefix_;
    std::string text_;            ///< the kept entries, without the unfinished one
    std::string entry_;           ///< the unfinished entry's name so far, escaped
    std::size_t bytes_ = 0;       ///< size of the list so far, as `max_bytes` counts it
    std::size_t name_bytes_ = 0;  ///< bytes of the unfinished entry's name so far
    list_extent extent_ = list_extent::whole;
    bool has_entry_ = false;
    bool is_in_name_ = false;   ///< more pieces of the unfinished name follow
    bool is_too_long_ = false;  ///< the unfinished entry's name is too long to be kept with this `extent_`
};

/// Calls `f` with each entry in escaped form, without allocating memory. Escaping does not change a valid
/// object name, so a caller can compare such a name with the entries.
template <class F>
void for_each_reference(std::string_view text, F&& f)
{
    while (!text.empty())
    {
        auto const end = text.find('\n');
        f(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
}

/// Whether the list has an entry with this name. `name` must be a valid object name.
bool names_reference(std::string_view text, std::string_view name);

/// Returns the original names, without escapes.
std::vector<std::string> decode_references(std::string_view text);

}  // namespace tcr::runtime
