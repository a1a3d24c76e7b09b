#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// The seed's rule for names: "" or "*" match any, else the names separated by "," with blanks around them
/// ignored. No expressions.
class name_matcher
{
public:
    /// Matches any name.
    name_matcher() = default;
    explicit name_matcher(std::string_view list);

    bool matches_all() const { return all_; }
    bool matches(std::string_view name) const;

    /// The names, sorted, each once; empty where all match.
    std::vector<std::string> const& names() const { return names_; }

private:
    bool all_ = true;
    std::vector<std::string> names_;
};

}  // namespace tcr::controller
