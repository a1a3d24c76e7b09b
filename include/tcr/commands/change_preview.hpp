// SPDX-License-Identifier: Apache-2.0
#pragma once

// Computes what `plan` shows: the changes that an ImagePullSecret would cause.

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
    std::set<std::string> secrets_foreign;   ///< not ours, but with the name that we need; stay unchanged
    std::set<std::string> accounts_added;    ///< accounts that would get a reference to the Secret
    std::set<std::string> accounts_removed;  ///< accounts that would lose the reference

    std::size_t secrets_unchanged = 0;   ///< already as desired, or not compared
    std::size_t accounts_unchanged = 0;  ///< already have the reference

    bool operator==(change_preview const&) const = default;
};

/// Returns the changes that `controller::plan` plans for `desired`, the future state of one ImagePullSecret,
/// and makes them in `store`. Objects of the ImagePullSecrets `others` stay unchanged. If `desired` lacks a
/// credential or the access to its pull Secrets, returns the changes that it would cause with both, but does
/// not compare contents: each pull Secret that would be kept counts as unchanged.
change_preview preview(
    controller::catalog_entry const& desired, controller::catalog const& others, runtime::cluster_store& store
);

}  // namespace tcr::commands
