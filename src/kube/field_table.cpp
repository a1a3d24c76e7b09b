// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/field_table.hpp>

#include <algorithm>

namespace tcr::kube
{

std::vector<std::string> field_path::steps() const
{
    std::vector<std::string> all;
    for (auto rest = text; !rest.empty();)
    {
        auto const step = rest.substr(0, rest.find('.'));
        rest.remove_prefix(std::min(step.size() + 1, rest.size()));
        auto const name = step.substr(0, step.find("[]"));
        all.emplace_back(name);
        if (name.size() < step.size())
            all.emplace_back("[]");
    }
    if (!last.empty())
        all.emplace_back(last);
    return all;
}

void append_paths(
    std::vector<skim_path>& all,
    std::vector<skim_path> more,
    std::vector<std::string> const& prefix,
    int first
)
{
    for (auto& each : more)
    {
        each.field += first;
        each.path.insert(each.path.begin(), prefix.begin(), prefix.end());
        all.push_back(std::move(each));
    }
}

}  // namespace tcr::kube
