// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/cpu_limit.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <fstream>
#include <string>

namespace tcr
{
namespace
{

namespace fs = std::filesystem;

/// Returns the limit of one group in CPUs, from the file of cgroups version 2 or the two files of version 1.
std::optional<double> limit_of_group(fs::path const& folder)
{
    std::string quota;
    std::string period;
    std::ifstream(folder / "cpu.max") >> quota >> period;
    if (quota.empty())
    {
        std::ifstream(folder / "cpu.cfs_quota_us") >> quota;
        std::ifstream(folder / "cpu.cfs_period_us") >> period;
    }
    auto const used = parse_u64(quota);  // nullopt for "max" and "-1", which mean "no limit"
    auto const all = parse_u64(period);
    if (!used || !all || *used == 0 || *all == 0)
        return std::nullopt;
    return static_cast<double>(*used) / static_cast<double>(*all);
}

}  // namespace

std::optional<double> cpu_limit(fs::path const& membership, fs::path const& root)
{
    // A line is "NUMBER:CONTROLLERS:PATH" (man 7 cgroups). CONTROLLERS is empty for version 2.
    std::ifstream in(membership);
    for (std::string line; std::getline(in, line);)
    {
        auto const first = line.find(':');
        auto const second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos)
            continue;
        auto const controllers = line.substr(first + 1, second - first - 1);
        auto const names = split_names(controllers);
        if (!controllers.empty() && std::find(names.begin(), names.end(), "cpu") == names.end())
            continue;
        auto const mount = controllers.empty() ? root : root / "cpu";
        // In a container, the root of the mount is often the process's own group, but PATH is the path on the
        // host. The limit may therefore be at PATH or at the root.
        auto const own = mount / fs::path(line.substr(second + 1)).relative_path();
        for (auto const& folder : {own, mount})
            if (auto const found = limit_of_group(folder))
                return found;
    }
    return std::nullopt;
}

}  // namespace tcr
