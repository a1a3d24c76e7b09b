#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <set>
#include <string>

namespace tcr::commands
{

/// The changes that one ImagePullSecret would cause in a cluster. Names are "namespace/name".
struct change_preview
{
    std::set<std::string> secrets_added;
    std::set<std::string> secrets_changed;
    std::set<std::string> secrets_removed;
    std::set<std::string> secrets_in_the_way;  ///< have the name, but are not ours: they stay
    std::set<std::string> accounts_added;      ///< would get a reference to the Secret
    std::set<std::string> accounts_removed;    ///< would lose the reference

    std::size_t secrets_kept = 0;   ///< already as desired
    std::size_t accounts_kept = 0;  ///< already have the reference

    bool operator==(change_preview const&) const = default;
};

/// Carries out in `store` what `controller::plan` plans for `wanted`, the ImagePullSecret as it would be, and
/// returns the changes. Objects of `others` stay as they are. Contents are compared only if `wanted` has a
/// credential: without one, every existing Secret of ours counts as kept.
change_preview preview(
    controller::catalog_entry const& wanted, controller::catalog const& others, runtime::cluster_store& store
);

}  // namespace tcr::commands
