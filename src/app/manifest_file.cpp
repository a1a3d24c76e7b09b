// SPDX-License-Identifier: Apache-2.0
#include "manifest_file.hpp"

#include <tcr/kube/errc.hpp>
#include <tcr/util/strings.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace tcr::app
{
namespace
{

/// Max size of a file in bytes. A single object is always smaller: the API server accepts 3 MiB per request.
constexpr std::size_t max_file_size = 4 << 20;

result<std::string> read_all(std::istream& in)
{
    std::string text(max_file_size + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (in.bad())
        return error(kube::errc::bad_config, "cannot be read");
    if (text.size() > max_file_size)
        return error(kube::errc::bad_config, "is larger than 4 MiB; split it into several files");
    return text;
}

result<std::string> read_file(std::string const& path)
{
    std::error_code ec;
    if (std::filesystem::is_directory(path, ec))
        return error(kube::errc::bad_config, "is a folder; name the files in it");
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return error(kube::errc::bad_config, std::string("cannot be opened: ") + std::strerror(errno));
    return read_all(file);
}

}  // namespace

std::string manifest_file_name(std::string const& file)
{
    return file == "-" ? std::string("stdin") : printable(file, 4096);
}

result<std::string> read_manifest_file(std::string const& file, std::istream& in)
{
    return file == "-" ? read_all(in) : read_file(file);
}

}  // namespace tcr::app
