#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <string>
#include <vector>

namespace tcr::commands
{

/// What one ImagePullSecret would change in a cluster: "namespace/name" each, sorted.
struct change_preview
{
    std::vector<std::string> secrets_added;
    std::vector<std::string> secrets_changed;
    std::vector<std::string> secrets_removed;
    std::vector<std::string> secrets_in_the_way;  ///< of that name, but not ours: they stay
    std::vector<std::string> accounts_added;      ///< would name the Secret
    std::vector<std::string> accounts_removed;    ///< would no longer name it

    std::size_t secrets_kept = 0;   ///< as they are to be already
    std::size_t accounts_kept = 0;  ///< name it already

    bool operator==(change_preview const&) const = default;
};

/// Pure. `wanted` is the ImagePullSecret as it would be; of the store its Secrets and references count. Contents are
/// compared only where the entry has a credential: without one, every Secret that is there counts as kept.
change_preview preview(controller::catalog_entry const& wanted, runtime::cluster_store const& store);

}  // namespace tcr::commands
