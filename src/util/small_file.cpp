// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/small_file.hpp>

#include <boost/beast/core/file.hpp>

#include <array>

namespace tcr
{

result<std::string> read_small_file(std::filesystem::path const& path, std::string const& name)
{
    constexpr std::size_t largest = 1 << 20;
    auto const unreadable = [&name](boost::system::error_code const& why)
    {
        auto const hint = "; let the user of this process read it";
        return error(why, name + " cannot be read: " + why.message() + hint);
    };

    std::error_code status_error;
    auto const status = std::filesystem::status(path, status_error);
    if (status.type() == std::filesystem::file_type::not_found)
        return error(
            make_error_code(boost::system::errc::no_such_file_or_directory),
            name + " does not exist; create it or correct the path"
        );
    if (status_error)
        return unreadable(status_error);
    // Opening a pipe or a device could block forever.
    if (status.type() != std::filesystem::file_type::regular)
        return invalid_argument(name + " is not a regular file; give the path of one");

    boost::system::error_code ec;
    boost::beast::file file;
    file.open(path.c_str(), boost::beast::file_mode::scan, ec);
    std::string text;
    std::array<char, 16384> chunk;
    for (std::size_t size = 1; !ec && size > 0 && text.size() <= largest;)
    {
        size = file.read(chunk.data(), chunk.size(), ec);
        text.append(chunk.data(), size);
    }
    if (ec)
        return unreadable(ec);
    if (text.size() > largest)
        return invalid_argument(name + " is larger than 1 MiB; give the right file");
    return text;
}

}  // namespace tcr
