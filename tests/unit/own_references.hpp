// SPDX-License-Identifier: Apache-2.0
#pragma once

// Builds lists of references that keep only the controller's own entries.

#include <tcr/runtime/reference_list.hpp>

#include <string>
#include <vector>

namespace tcr::test
{

/// A list that keeps only the names with the prefix `tcr.ips`. The store keeps only these names of a list
/// that is too long.
inline runtime::reference_list own_references(std::vector<std::string> const& names)
{
    runtime::reference_list list("tcr.ips");
    auto const add = [&](std::string const& name)
    {
        list.add_entry();
        list.name_piece(name, true);
    };
    add(std::string(runtime::reference_list::max_whole_bytes + 1, 'x'));
    for (auto const& name : names)
        add(name);
    list.finish();
    return list;
}

}  // namespace tcr::test
