// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads and matches the lists of names in specs.

#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// A list of names, in the format of the original add-on. "" or "*" matches all names. Otherwise the names
/// are separated by ",", and blanks around a name are ignored. There are no patterns.
class name_matcher
{
public:
    /// Matches all names.
    name_matcher() = default;
    explicit name_matcher(std::string_view list);

    bool matches_all() const { return all_; }
    bool matches(std::string_view name) const;

    /// The names, sorted and without duplicates; empty if all names match.
    std::vector<std::string> const& names() const { return names_; }

private:
    bool all_ = true;
    std::vector<std::string> names_;
};

}  // namespace tcr::controller
