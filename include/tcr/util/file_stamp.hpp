// SPDX-License-Identifier: Apache-2.0
#pragma once

// Notices that a file has changed.

#include <cstdint>
#include <filesystem>

namespace tcr
{

/// Identifies one state of a file. The stamp changes when the file is replaced or its content changes.
/// Exceptions: writes of the same size within one tick of the kernel's clock (at most 10 ms), and programs
/// that set the modification time back. All members are zero if the file does not exist or stat(2) fails.
struct file_stamp
{
    std::int64_t modified_ns = 0;
    std::uint64_t size = 0;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;

    bool operator==(file_stamp const&) const = default;
};

/// Returns the stamp of the file at `path`. Follows symbolic links, because kubelet replaces mounted files by
/// changing a link to their folder.
file_stamp stamp_of(std::filesystem::path const& path);

/// Returns the stamp of an open file.
file_stamp stamp_of(int descriptor);

}  // namespace tcr
