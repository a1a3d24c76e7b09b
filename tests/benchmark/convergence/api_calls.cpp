// SPDX-License-Identifier: Apache-2.0
#include "api_calls.hpp"

#include <cstdlib>
#include <sstream>

namespace tcr::benchmark
{
namespace
{

constexpr std::string_view counter = "rest_client_requests_total{";

/// Returns the value of a label in a line; empty if the line lacks the label. Our labels contain no escaped
/// characters.
std::string label(std::string const& line, std::string const& name)
{
    auto const key = name + "=\"";
    auto const at = line.find(key);
    if (at == std::string::npos)
        return {};
    auto const begin = at + key.size();
    return line.substr(begin, line.find('"', begin) - begin);
}

}  // namespace

api_calls::api_calls(std::string_view metrics_page)
{
    std::istringstream lines{std::string(metrics_page)};
    for (std::string line; std::getline(lines, line);)
    {
        auto const end = line.rfind(' ');
        if (!line.starts_with(counter) || end == std::string::npos)
            continue;
        auto const count = std::strtod(line.c_str() + end, nullptr);
        counts_[{label(line, "method"), label(line, "code")}] += static_cast<std::uint64_t>(count);
    }
}

api_calls api_calls::since(api_calls const& earlier) const
{
    api_calls difference;
    for (auto const& [what, count] : counts_)
    {
        auto const before = earlier.counts_.find(what);
        auto const more = count - (before != earlier.counts_.end() ? before->second : 0);
        if (more > 0)
            difference.counts_[what] = more;
    }
    return difference;
}

std::map<std::string, std::uint64_t> api_calls::by_verb() const
{
    std::map<std::string, std::uint64_t> sums;
    for (auto const& [what, count] : counts_)
        sums[what.first] += count;
    return sums;
}

std::uint64_t api_calls::writes() const
{
    std::uint64_t sum = 0;
    for (auto const& [what, count] : counts_)
        if (what.first != "GET" && what.second.starts_with('2'))
            sum += count;
    return sum;
}

std::string api_calls::text() const
{
    std::string words;
    for (auto const& [what, count] : counts_)
        words += (words.empty() ? "" : ", ") + std::to_string(count) + " " + what.first + " " + what.second;
    return words.empty() ? "none" : words;
}

boost::json::object api_calls::json() const
{
    boost::json::object all;
    for (auto const& [what, count] : counts_)
        all[what.first + " " + what.second] = count;
    return all;
}

}  // namespace tcr::benchmark
