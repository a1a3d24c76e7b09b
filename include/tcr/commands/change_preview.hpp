#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <set>
#include <string>

namespace tcr::commands
{

/// What one ImagePullSecret would change in a cluster: "namespace/name" each.
struct change_preview
{
    std::set<std::string> secrets_added;
    std::set<std::string> secrets_changed;
    std::set<std::string> secrets_removed;
    std::set<std::string> secrets_in_the_way;  ///< of that name, but not ours: they stay
    std::set<std::string> accounts_added;      ///< would name the Secret
    std::set<std::string> accounts_removed;    ///< would no longer name it

    std::size_t secrets_kept = 0;   ///< as they are to be already
    std::size_t accounts_kept = 0;  ///< name it already

    bool operator==(change_preview const&) const = default;
};

/// Acts in `store` on what `controller::plan` plans for `wanted`, the ImagePullSecret as it would be, and
/// reports the changes. What belongs to `others` stays as it is. Contents are compared only where `wanted`
/// has a credential: without one, every Secret that exists counts as kept.
change_preview preview(
    controller::catalog_entry const& wanted, controller::catalog const& others, runtime::cluster_store& store
);

}  // namespace tcr::commands
