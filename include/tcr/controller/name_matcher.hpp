#pragma once

// Lists of names in specs.

#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// The original add-on's rule for lists of names: "" or "*" matches any name. Otherwise names are separated
/// by "," and blanks around them are ignored. There are no patterns.
class name_matcher
{
public:
    /// Matches any name.
    name_matcher() = default;
    explicit name_matcher(std::string_view list);

    bool matches_all() const { return all_; }
    bool matches(std::string_view name) const;

    /// The names, sorted, each once; empty if all names match.
    std::vector<std::string> const& names() const { return names_; }

private:
    bool all_ = true;
    std::vector<std::string> names_;
};

}  // namespace tcr::controller
