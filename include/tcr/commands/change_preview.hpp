#pragma once

// What `plan` shows: the changes that an ImagePullSecret would cause.

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
    std::set<std::string> secrets_foreign;   ///< have the name, but are not ours: they stay
    std::set<std::string> accounts_added;    ///< would get a reference to the Secret
    std::set<std::string> accounts_removed;  ///< would lose the reference

    std::size_t secrets_unchanged = 0;   ///< already as desired
    std::size_t accounts_unchanged = 0;  ///< already have the reference

    bool operator==(change_preview const&) const = default;
};

/// Carries out in `store` what `controller::plan` plans for `desired`, the ImagePullSecret as it would be,
/// and returns the changes. Objects of `others` stay as they are. Contents are compared only if `desired` has
/// a credential: without one, every existing Secret of ours counts as unchanged.
change_preview preview(
    controller::catalog_entry const& desired, controller::catalog const& others, runtime::cluster_store& store
);

}  // namespace tcr::commands
