// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>

namespace tcr::test
{

inline bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

/// How often `part` occurs in `text`.
inline std::size_t occurrences(std::string_view text, std::string_view part)
{
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
        ++found;
    return found;
}

/// The value of a series, with its labels, on a metrics page; -1 if the page lacks the series.
inline double value_of(std::string const& page, std::string const& series)
{
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(series + " "))
            return std::stod(line.substr(series.size() + 1));
    return -1;
}

}  // namespace tcr::test
