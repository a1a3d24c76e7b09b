#pragma once

// One sentence of what a command found.

#include <algorithm>
#include <string>
#include <vector>

namespace tcr::commands
{

struct finding
{
    enum class level
    {
        ok,      ///< as it should be
        info,    ///< neither good nor bad
        problem  ///< prevents a pull
    };

    level what = level::info;
    std::string text;
    std::string advice = {};             ///< what to do about it; empty: nothing
    std::string ns = {};                 ///< the namespace, where findings are about several
    std::string image_pull_secret = {};  ///< its name, where findings are about several

    bool operator==(finding const&) const = default;
};

/// Whether any finding is a problem.
inline bool has_problem(std::vector<finding> const& findings)
{
    return std::ranges::any_of(
        findings, [](auto const& each) { return each.what == finding::level::problem; }
    );
}

}  // namespace tcr::commands
