// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/file_stamp.hpp>

#include <sys/stat.h>

namespace tcr
{

namespace
{

file_stamp stamp_from(struct stat const& seen)
{
    file_stamp stamp;
    stamp.modified_ns = std::int64_t{seen.st_mtim.tv_sec} * 1'000'000'000 + seen.st_mtim.tv_nsec;
    stamp.size = static_cast<std::uint64_t>(seen.st_size);
    stamp.inode = seen.st_ino;
    stamp.device = seen.st_dev;
    return stamp;
}

}  // namespace

file_stamp stamp_of(std::filesystem::path const& path)
{
    struct stat seen = {};
    return stat(path.c_str(), &seen) == 0 ? stamp_from(seen) : file_stamp();
}

file_stamp stamp_of(int descriptor)
{
    struct stat seen = {};
    return fstat(descriptor, &seen) == 0 ? stamp_from(seen) : file_stamp();
}

}  // namespace tcr
