// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides which ImagePullSecrets a list of TCR instances requires, and which writes the cluster needs.

#include <tcr/controller/catalog.hpp>
#include <tcr/credentials/instance_directory.hpp>
#include <tcr/instances/instance.hpp>
#include <tcr/instances/removal_state.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tcr::instances
{

/// Whether the controller must query the cloud's API for the instance's domains.
bool needs_names(instance const& of);

/// The ImagePullSecrets of an instance, one for each server. They have the names that the original add-on
/// uses: "<registryId>-public", "<registryId>-vpc", and "<registryId>-<server>" for other servers. `names` is
/// used only if `needs_names` returns true. Pure.
std::vector<controller::image_pull_secret> image_pull_secrets_of(
    instance const& of, credentials::instance_names const& names
);

/// A write, or a report that a write is not possible.
struct instance_action
{
    enum class kind
    {
        create,
        update,
        remove,
        report  ///< no write is possible: a user's ImagePullSecret has this name
    };

    kind what = kind::create;
    controller::image_pull_secret object;  ///< as desired; for `remove` and `report`, only its name matters
    std::uint64_t resource_version = 0;    ///< for `remove`: delete only this version
};

/// Classifies the ImagePullSecrets in `present` that were made from the list. `desired` holds the
/// ImagePullSecrets that the list requires. `unknown` holds the ids of the instances whose domains the cloud
/// does not report at the moment. Pure.
managed_objects classify_managed(
    std::vector<controller::image_pull_secret> const& desired,
    std::set<std::string> const& unknown,
    controller::catalog const& present
);

/// The writes that create or update the ImagePullSecrets `desired` and remove those named in `removals`.
/// `present` must contain each name in `removals`. If a user's ImagePullSecret has a desired name, the result
/// has a `report` instead of a write. Pure.
std::vector<instance_action> plan_instances(
    std::vector<controller::image_pull_secret> const& desired,
    std::set<std::string> const& removals,
    controller::catalog const& present
);

}  // namespace tcr::instances
