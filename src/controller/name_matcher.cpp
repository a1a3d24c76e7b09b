// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/name_matcher.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>

namespace tcr::controller
{

name_matcher::name_matcher(std::string_view list)
{
    auto const text = trim(list);
    all_ = text.empty() || text == "*";
    if (all_)
        return;
    for (auto name : split_names(text))
        names_.emplace_back(name);
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

bool name_matcher::matches(std::string_view name) const
{
    return all_ || std::binary_search(names_.begin(), names_.end(), name, std::less<>());
}

}  // namespace tcr::controller
