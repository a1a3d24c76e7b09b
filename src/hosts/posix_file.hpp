#pragma once

#include <tcr/util/error.hpp>

#include <sys/stat.h>
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// Files by the system's own calls, where the order of writes and their arrival on disk matter. All of them
// block.
namespace tcr::hosts
{

/// `errno` as an error: "<doing>: <what the system says>".
error system_failure(std::string const& doing, int number);

/// An open file, closed with it.
class open_file
{
public:
    explicit open_file(int descriptor) : fd_(descriptor) {}
    ~open_file();
    open_file(open_file&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    open_file& operator=(open_file&&) = delete;

    int fd() const { return fd_; }

    /// Opens a file; never follows a link as the last step of the path. \par Errors the system's.
    static result<open_file> open(std::filesystem::path const& path, int flags, mode_t mode = 0);

    result<struct stat> status() const;

    /// All of it from its beginning, wherever the file position is. \par Errors the system's, EFBIG past
    /// `largest`.
    result<std::string> read(std::size_t largest) const;

    result<void> write(std::string_view text, std::size_t offset) const;
    result<void> resize(std::size_t size) const;

    /// Has what was written reach the disk.
    result<void> sync() const;

private:
    int fd_;
};

/// Has names made, replaced or removed in a folder reach the disk.
result<void> sync_folder(std::filesystem::path const& folder);

/// The content of a small file; nothing where there is none. \par Errors the system's.
result<std::optional<std::string>> read_if_there(std::filesystem::path const& path, std::size_t largest);

/// Writes a file anew beside the place where it is to stand, and puts it there: complete, or not at all. Mode
/// 0600 and then `mode`. \par Errors the system's; what was there stays.
result<void> put_file(std::filesystem::path const& path, std::string_view content, mode_t mode);

/// Gives `to` the owner, the mode and, as far as that is allowed, the extended attributes (ACLs, the SELinux
/// label) of `from`, whose status is `like`. \par Errors the system's, for owner and mode.
result<void> copy_attributes(open_file const& from, struct stat const& like, open_file const& to);

}  // namespace tcr::hosts
