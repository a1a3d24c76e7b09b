#pragma once

#include <tcr/hosts/host_entry.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// The one marked block in a hosts file, as pure functions on its text. Bytes outside of the block are never
// touched.
namespace tcr::hosts
{

inline constexpr std::string_view begin_marker = "# BEGIN tcr-assistant hosts-updater";
inline constexpr std::string_view end_marker = "# END tcr-assistant hosts-updater";

/// The text with exactly one block with these entries; with none where there are no entries.
///
/// A block keeps its place; a new one goes to the end, so that the file's own lines are read before it. Its
/// line breaks are those of the file's first line when it was made. Where the file ends without one, the
/// block brings it along and takes it away again when it goes. What lies between a begin and an end marker is
/// ours. Of a block that lost a marker, only the other marker and the lines next to it that bear our mark
/// are; a second block goes. Applied to its own result it changes nothing.
std::string with_block(std::string_view text, std::vector<host_entry> const& entries);

/// Whether there is a marker of ours, even of a torn block.
bool has_block(std::string_view text);

/// A line outside of the block that names a domain.
struct foreign_line
{
    std::string domain;
    std::string address;   ///< as it stands there
    std::size_t line = 0;  ///< from 1

    bool operator==(foreign_line const&) const = default;
};

/// The lines before the block that give a domain of `entries` another address: programs take the first line
/// they find, so ours does nothing. At most 20.
std::vector<foreign_line> lines_that_win(std::string_view text, std::vector<host_entry> const& entries);

/// Whether a line of the file, ours or not, names that domain.
bool names(std::string_view text, std::string_view domain);

}  // namespace tcr::hosts
