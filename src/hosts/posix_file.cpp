// SPDX-License-Identifier: Apache-2.0
#include "posix_file.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace tcr::hosts
{
namespace
{

/// Calls `call`, and repeats the call as long as signals interrupt it.
template <class Call>
auto repeat(Call call)
{
    auto answer = call();
    while (answer < 0 && errno == EINTR)
        answer = call();
    return answer;
}

result<void> outcome(int answer, char const* doing)
{
    if (answer != 0)
        return system_failure(doing, errno);
    return {};
}

}  // namespace

error system_failure(std::string const& doing, int number)
{
    boost::system::error_code const code(number, boost::system::system_category());
    return error(code, doing + ": " + code.message());
}

open_file::~open_file()
{
    if (fd_ >= 0)
        close(fd_);
}

result<open_file> open_file::open(std::filesystem::path const& path, int flags, mode_t mode)
{
    auto const fd =
        repeat([&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, mode); });
    if (fd < 0)
        return system_failure("cannot open " + path.string(), errno);
    return open_file(fd);
}

result<std::string> open_file::read(std::size_t largest) const
{
    std::string text;
    std::array<char, 16384> chunk;
    for (;;)
    {
        auto const size =
            repeat([&] { return pread(fd_, chunk.data(), chunk.size(), static_cast<off_t>(text.size())); });
        if (size < 0)
            return system_failure("cannot read it", errno);
        if (size == 0)
            return text;
        text.append(chunk.data(), static_cast<std::size_t>(size));
        if (text.size() > largest)
            return system_failure("cannot read it", EFBIG);
    }
}

result<void> open_file::write(std::string_view text, std::size_t offset) const
{
    while (!text.empty())
    {
        auto const size =
            repeat([&] { return pwrite(fd_, text.data(), text.size(), static_cast<off_t>(offset)); });
        if (size <= 0)
            return system_failure("cannot write it", size < 0 ? errno : ENOSPC);
        text.remove_prefix(static_cast<std::size_t>(size));
        offset += static_cast<std::size_t>(size);
    }
    return {};
}

result<void> open_file::resize(std::size_t size) const
{
    return outcome(repeat([&] { return ftruncate(fd_, static_cast<off_t>(size)); }), "cannot truncate it");
}

result<void> open_file::sync() const
{
    return outcome(repeat([&] { return fsync(fd_); }), "cannot sync it to disk");
}

result<void> sync_folder(std::filesystem::path const& folder)
{
    auto const opened = open_file::open(folder, O_RDONLY | O_DIRECTORY);
    if (!opened)
        return opened.error();
    auto synced = opened->sync();
    // EINVAL: the file system cannot sync folders.
    if (!synced && synced.error().code.value() == EINVAL)
        return {};
    return synced;
}

result<std::optional<std::string>> read_if_exists(std::filesystem::path const& path, std::size_t largest)
{
    auto const opened = open_file::open(path, O_RDONLY | O_NONBLOCK);
    if (!opened && opened.error().code.value() == ENOENT)
        return std::optional<std::string>();
    if (!opened)
        return opened.error();
    auto text = opened->read(largest);
    if (!text)
        return text.error();
    return std::optional<std::string>(std::move(*text));
}

result<void> replace_file(std::filesystem::path const& path, std::string_view content, mode_t mode)
{
    auto const fresh = std::filesystem::path(path.string() + ".new");
    // Remove the file of an earlier process that was killed.
    unlink(fresh.c_str());
    auto const made = open_file::open(fresh, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!made)
        return made.error();
    auto written = made->write(content, 0);
    if (written)
        written = outcome(fchmod(made->fd(), mode & 07777), "cannot set the mode");
    if (written)
        written = made->sync();
    if (written)
        written = outcome(rename(fresh.c_str(), path.c_str()), "cannot rename it into place");
    if (!written)
    {
        unlink(fresh.c_str());
        return written.error().with_prefix(path.string());
    }
    return sync_folder(path.parent_path());
}

result<void> copy_attributes(open_file const& from, struct stat const& like, open_file const& to)
{
    // Set the owner before the mode, because a change of owner may clear set-user-id bits.
    if (fchown(to.fd(), like.st_uid, like.st_gid) != 0)
        return system_failure("cannot copy the owner", errno);
    if (fchmod(to.fd(), like.st_mode & 07777) != 0)
        return system_failure("cannot copy the mode", errno);
    std::array<char, 4096> names;
    auto const size = flistxattr(from.fd(), names.data(), names.size());
    for (char const* name = names.data(); size > 0 && name < names.data() + size;
         name += std::strlen(name) + 1)
    {
        std::array<char, 4096> value;
        auto const length = fgetxattr(from.fd(), name, value.data(), value.size());
        // Ignore failures: the file system may not support the attribute, and the file is usable without it.
        if (length >= 0)
            static_cast<void>(fsetxattr(to.fd(), name, value.data(), static_cast<std::size_t>(length), 0));
    }
    return {};
}

}  // namespace tcr::hosts
