#pragma once

// Decides which ImagePullSecrets a list of TCR instances requires, and the writes that make them so.

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

/// Whether the cloud's API must be asked for the instance's domains.
bool needs_names(instance const& of);

/// The ImagePullSecrets of an instance, named as by the original add-on: "<registryId>-public",
/// "<registryId>-vpc", and "<registryId>-<server>" for others. `names` is used only if `needs_names`. Pure.
std::vector<controller::image_pull_secret> image_pull_secrets_of(
    instance const& of, credentials::instance_names const& names
);

/// One write.
struct instance_action
{
    enum class kind
    {
        create,
        update,
        remove,
        report  ///< an ImagePullSecret that is not ours has the name
    };

    kind what = kind::create;
    controller::image_pull_secret object;  ///< as desired; `remove` and `report` use only its name
    std::uint64_t resource_version = 0;    ///< for `remove`: delete only this version
};

/// Classifies the existing ImagePullSecrets that were made from the list. `desired`: those that the list
/// requires; `unknown`: the instances whose domains the API does not report at the moment. Pure.
managed_objects classify_managed(
    std::vector<controller::image_pull_secret> const& desired,
    std::set<std::string> const& unknown,
    controller::catalog const& present
);

/// The writes that make the ImagePullSecrets `desired` exist as desired and remove the `removals`, which are
/// names of existing ones. Leaves those of users unchanged. Pure.
std::vector<instance_action> plan_instances(
    std::vector<controller::image_pull_secret> const& desired,
    std::set<std::string> const& removals,
    controller::catalog const& present
);

}  // namespace tcr::instances
