// SPDX-License-Identifier: Apache-2.0
#pragma once

// File access by system calls, for code that depends on the order in which writes reach the disk. All
// functions block.

#include <tcr/util/error.hpp>

#include <sys/stat.h>
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tcr::hosts
{

/// Makes an error from `number`, a value of `errno`. The message is "<doing>: <text of the system>".
error system_failure(std::string const& doing, int number);

/// An open file; the destructor closes it.
class open_file
{
public:
    explicit open_file(int descriptor) : fd_(descriptor) {}
    ~open_file();
    open_file(open_file&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    int fd() const { return fd_; }

    /// Opens a file; does not follow a symbolic link at the end of the path. \par Errors the system's.
    static result<open_file> open(std::filesystem::path const& path, int flags, mode_t mode = 0);

    /// Reads the whole file, independent of the file position. \par Errors the system's; EFBIG if the file is
    /// larger than `largest` bytes.
    result<std::string> read(std::size_t largest) const;

    result<void> write(std::string_view text, std::size_t offset) const;
    result<void> resize(std::size_t size) const;

    /// Syncs written data to disk.
    result<void> sync() const;

private:
    int fd_;
};

/// Syncs a folder to disk, so that created, replaced and removed names persist.
result<void> sync_folder(std::filesystem::path const& folder);

/// The content of a small file; nullopt if it is missing. \par Errors the system's.
result<std::optional<std::string>> read_if_exists(std::filesystem::path const& path, std::size_t largest);

/// Replaces a file atomically: writes a new file beside `path` and renames it to `path`. The new file has
/// mode 0600 until its content is written, then `mode`. \par Errors the system's. After an error, an existing
/// file is unchanged, unless only the sync of the folder failed.
result<void> replace_file(std::filesystem::path const& path, std::string_view content, mode_t mode);

/// Copies owner, mode and, where possible, extended attributes (ACLs, the SELinux label) from `from` to `to`.
/// `like` is the status of `from`. \par Errors the system's, if the owner or the mode cannot be copied.
result<void> copy_attributes(open_file const& from, struct stat const& like, open_file const& to);

}  // namespace tcr::hosts
