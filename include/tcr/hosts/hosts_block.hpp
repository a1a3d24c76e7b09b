// SPDX-License-Identifier: Apache-2.0
#pragma once

// Adds, updates and removes the marked block of a hosts file, as pure functions on its text. Bytes outside of
// the block do not change. The only exception is a line break before the block, see `with_block`.

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
/// An existing block keeps its position. A new block is appended at the end, so that the file's own lines
/// take precedence. When a block is created, it gets the kind of line break (LF or CRLF) of the file's first
/// line. If the file's last line lacks a line break, the function adds one before the block. When it removes
/// the block, it also removes this line break, unless lines follow the block or the size of the text before
/// the block has changed.
///
/// All lines between a begin and an end marker are ours. If a block lost one of its markers, the remaining
/// marker is ours, and so are the adjacent lines in a form that only this program writes. A second block is
/// removed. The function is idempotent.
std::string with_block(std::string_view text, std::vector<host_entry> const& entries);

/// A domain in a line outside of the block.
struct foreign_line
{
    std::string domain;
    std::string address;   ///< as written in the line
    std::size_t line = 0;  ///< line number, from 1

    bool operator==(foreign_line const&) const = default;
};

/// The lines before the block that give a domain of `entries` a different address of the same family.
/// Addresses are compared as text. Programs use the first matching line, so the entry in the block has no
/// effect. Returns at most 20 lines.
std::vector<foreign_line> overriding_lines(std::string_view text, std::vector<host_entry> const& entries);

/// Whether any line of the file names the domain, inside or outside of the block. `domain` is in lower case.
bool has_name(std::string_view text, std::string_view domain);

}  // namespace tcr::hosts
