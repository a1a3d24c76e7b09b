// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/runtime/cluster_store.hpp>

#include <ostream>

namespace tcr::runtime
{

/// Prints a change in the message of a failed check.
inline std::ostream& operator<<(std::ostream& out, change what)
{
    constexpr char const* words[] = {"none", "added", "modified", "removed"};
    return out << words[static_cast<int>(what)];
}

}  // namespace tcr::runtime
