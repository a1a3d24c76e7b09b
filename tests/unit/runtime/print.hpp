#pragma once

#include <tcr/runtime/cluster_store.hpp>

#include <ostream>

namespace tcr::runtime
{

/// For the messages of failed checks.
inline std::ostream& operator<<(std::ostream& out, change what)
{
    constexpr char const* words[] = {"none", "added", "modified", "removed"};
    return out << words[static_cast<int>(what)];
}

}  // namespace tcr::runtime
