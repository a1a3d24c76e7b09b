#pragma once

// Adds, updates and removes the marked block of a hosts file, as pure functions on its text. Bytes outside of
// the block are never changed.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::hosts
{

/// A domain and the address that it should resolve to.
struct host_entry
{
    std::string domain;   ///< in lower case
    std::string address;  ///< IPv4 or IPv6, in canonical form

    bool operator==(host_entry const&) const = default;
};

inline constexpr std::string_view begin_marker = "# BEGIN tcr-assistant hosts-updater";
inline constexpr std::string_view end_marker = "# END tcr-assistant hosts-updater";

/// Returns the text with exactly one block with these entries, or without a block if there are no entries.
///
/// A block keeps its position; a new one is appended at the end, so that the file's own lines are read before
/// it. Its line breaks are those of the file's first line when the block was created. If the file's last line
/// lacks a line break, one is added before the block. It is removed together with the block.
///
/// All lines between a begin and an end marker are ours. Of a block that lost a marker, only the other marker
/// and the adjacent lines with our mark are ours. A second block is removed. Applying the function to its own
/// result changes nothing.
std::string with_block(std::string_view text, std::vector<host_entry> const& entries);

/// A line outside of the block that names a domain.
struct foreign_line
{
    std::string domain;
    std::string address;   ///< as written there
    std::size_t line = 0;  ///< from 1

    bool operator==(foreign_line const&) const = default;
};

/// The lines before the block that give a domain of `entries` another address: programs use the first line
/// that matches, so ours has no effect. At most 20.
std::vector<foreign_line> overriding_lines(std::string_view text, std::vector<host_entry> const& entries);

/// Whether a line of the file, ours or not, names that domain.
bool has_name(std::string_view text, std::string_view domain);

}  // namespace tcr::hosts
