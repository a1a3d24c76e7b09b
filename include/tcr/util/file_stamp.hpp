#pragma once

#include <cstdint>
#include <filesystem>

namespace tcr
{

/// What tells whether a file is another one now, or has another content. All zero where there is none.
struct file_stamp
{
    std::int64_t modified_ns = 0;
    std::uint64_t size = 0;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;

    bool operator==(file_stamp const&) const = default;
};

/// Of the file that `path` leads to at last: symbolic links are followed, because kubelet replaces mounted
/// files by turning a link to their folder.
file_stamp stamp_of(std::filesystem::path const& path);

}  // namespace tcr
