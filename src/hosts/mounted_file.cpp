#include <tcr/hosts/hosts_file.hpp>
#include <tcr/util/strings.hpp>

namespace tcr::hosts
{

std::optional<std::string> mounted_file(std::string_view mountinfo, std::string_view target)
{
    // 36 35 98:0 /root/of/the/mount /mount/point rw,noatime …
    constexpr std::size_t root = 3;
    constexpr std::size_t point = 4;
    std::optional<std::string> found;
    for (auto const line : split_names(mountinfo, '\n'))
    {
        auto const fields = split_names(line, ' ');
        if (fields.size() > point && fields[point] == target)
            found = fields[root];
    }
    return found;
}

}  // namespace tcr::hosts
