#pragma once

// Notices that a file has changed.

#include <cstdint>
#include <filesystem>

namespace tcr
{

/// A stamp that differs after a file was replaced or its content changed. All zero if there is no file.
struct file_stamp
{
    std::int64_t modified_ns = 0;
    std::uint64_t size = 0;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;

    bool operator==(file_stamp const&) const = default;
};

/// Stamp of the file that `path` finally leads to. Symbolic links are followed, because kubelet replaces
/// mounted files by changing a link to their folder.
file_stamp stamp_of(std::filesystem::path const& path);

/// The same for an open file.
file_stamp stamp_of(int descriptor);

}  // namespace tcr
