#pragma once

// The imagePullSecrets of one account as a text of bounded size, whatever a tenant writes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcr::runtime
{

/// How much of an account's imagePullSecrets is kept, see `reference_list`.
enum class list_extent : std::uint8_t
{
    whole,     ///< every entry
    own_only,  ///< only entries with the prefix of our Secrets: GET the account before patching it
    unread,    ///< nothing, because the budget for lists is full: GET the account before planning for it
    too_long   ///< too long for us to rewrite, or not readable: the account is not changed
};

/// Collects the names of an imagePullSecrets list as one text: "name" lines, each ended by '\n'.
///
/// The API server accepts any text as a name, so '\n' and '\\' inside a name are escaped; an entry without a
/// name is an empty line. A list of up to `max_whole_bytes` is kept whole. Of a longer one only the entries
/// with the prefix of our Secrets are kept, and of one longer than `max_bytes` nothing. So memory is bounded
/// for any input.
class reference_list
{
public:
    static constexpr std::size_t max_whole_bytes = 4 * 1024;

    /// Max size of a list to rewrite: the names of all entries, plus `bytes_per_entry` for each.
    static constexpr std::size_t max_bytes = 64 * 1024;
    static constexpr std::size_t bytes_per_entry = 32;

    /// The longest name that an object can have (DNS subdomain, RFC 1123). An entry with a longer one is not
    /// ours.
    static constexpr std::size_t max_name_bytes = 253;

    reference_list() = default;

    /// `own_prefix` is the prefix of our Secrets' names; an empty one counts all entries as ours.
    explicit reference_list(std::string own_prefix) : own_prefix_(std::move(own_prefix)) {}

    /// Implicit: a list of names is a list of references.
    reference_list(std::vector<std::string> const& names);

    /// Appends an entry that has no name yet.
    void add_entry();

    /// The next piece of the last entry's name; `is_last` for the final one. A piece after the final one
    /// begins another name that replaces the first. Precondition: there is an entry.
    void name_piece(std::string_view piece, bool is_last);

    /// The last entry is complete. Call before reading the list.
    void finish();

    /// The account cannot be read: its list counts as too long, whatever was added.
    void mark_too_long();

    /// Begins a new list. Frees the memory of a long one.
    void clear();

    /// Equal for equal lists of the same extent. Valid until the list changes.
    std::string_view text() const { return text_; }

    list_extent extent() const { return extent_; }

    /// `text()` of the same list as `own_only`; empty if it is `too_long`.
    std::string own_text() const;

private:
    bool is_own(std::string_view entry) const;

    std::string own_prefix_;
    std::string text_;            ///< the entries before the last one
    std::string entry_;           ///< the last entry's name so far, escaped
    std::size_t bytes_ = 0;       ///< so far, as `max_bytes` counts them
    std::size_t name_bytes_ = 0;  ///< of them, the last entry's name
    list_extent extent_ = list_extent::whole;
    bool has_entry_ = false;
    bool is_in_name_ = false;   ///< more pieces follow
    bool is_too_long_ = false;  ///< the last entry's name is too long for ours and for a whole list
};

/// Calls `f` with each entry in escaped form. Valid object names contain nothing to escape, so looking for
/// one needs no memory, however many other entries a tenant writes.
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

/// Whether the list has an entry with this name, which must be a valid object name.
bool names_reference(std::string_view text, std::string_view name);

/// Restores the original names from the text.
std::vector<std::string> decode_references(std::string_view text);

}  // namespace tcr::runtime
