#include <tcr/util/cpu_limit.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace tcr
{
namespace
{

namespace fs = std::filesystem;

std::optional<double> ratio(std::string const& quota, std::string const& period)
{
    auto const used = parse_u64(quota);  // "max" and "-1" are no limit
    auto const all = parse_u64(period);
    if (!used || !all || *used == 0 || *all == 0)
        return std::nullopt;
    return static_cast<double>(*used) / static_cast<double>(*all);
}

std::string word_in(fs::path const& file)
{
    std::string word;
    std::ifstream(file) >> word;
    return word;
}

std::optional<double> limit_v1(fs::path const& folder)
{
    return ratio(word_in(folder / "cpu.cfs_quota_us"), word_in(folder / "cpu.cfs_period_us"));
}

std::optional<double> limit_v2(fs::path const& folder)
{
    std::string quota;
    std::string period;
    std::ifstream(folder / "cpu.max") >> quota >> period;
    return ratio(quota, period);
}

/// In a container, the own group is often the root of the mount, but `path` is that of the host: tries both.
template <class Limit>
std::optional<double> limit_in(fs::path const& mount, std::string_view path, Limit limit)
{
    auto const own = mount / fs::path(path).relative_path();
    if (auto const found = limit(own))
        return found;
    return limit(mount);
}

}  // namespace

std::optional<double> cpu_limit(fs::path const& membership, fs::path const& root)
{
    // A line is "NUMBER:CONTROLLERS:PATH", without controllers for version 2 (man 7 cgroups).
    std::ifstream in(membership);
    for (std::string line; std::getline(in, line);)
    {
        auto const first = line.find(':');
        auto const second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos)
            continue;
        auto const controllers = line.substr(first + 1, second - first - 1);
        auto const path = std::string_view(line).substr(second + 1);
        std::optional<double> found;
        if (controllers.empty())
            found = limit_in(root, path, limit_v2);
        else if (auto const names = split_names(controllers);
                 std::find(names.begin(), names.end(), "cpu") != names.end())
            found = limit_in(root / "cpu", path, limit_v1);
        if (found)
            return found;
    }
    return std::nullopt;
}

}  // namespace tcr
