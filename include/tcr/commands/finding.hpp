#pragma once

// One result of a command, as a sentence.

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
    std::string advice = {};             ///< what the user should do; may be empty
    std::string ns = {};                 ///< set if the command is about several namespaces
    std::string image_pull_secret = {};  ///< name; set if the command is about several

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
