#pragma once

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

/// Whether the API must be asked for the instance's names.
bool needs_names(instance const& of);

/// The ImagePullSecrets of an instance, named as the original add-on names them: "<registryId>-public",
/// "<registryId>-vpc", and "<registryId>-<server>" for others. `names` counts where `needs_names`. Pure.
std::vector<controller::image_pull_secret> crs_of(
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
        report  ///< somebody else's ImagePullSecret has the name
    };

    kind what = kind::create;
    controller::image_pull_secret cr;    ///< as wanted; of `remove` and `report` only its name counts
    std::uint64_t resource_version = 0;  ///< of `remove`: only this version of it

    bool operator==(instance_action const&) const;
};

/// The ImagePullSecrets that were made from the list. `wanted` and `unknown` as for `plan_instances`. Pure.
made_objects made_from(
    std::vector<controller::image_pull_secret> const& wanted,
    std::set<std::string> const& unknown,
    controller::catalog const& present
);

/// What must be done so that there are the ImagePullSecrets `wanted`, and no other that we made. One that
/// people made is left alone, and those of the `unknown` instances, whose names the API does not tell at the
/// moment. Pure.
std::vector<instance_action> plan_instances(
    std::vector<controller::image_pull_secret> const& wanted,
    std::set<std::string> const& unknown,
    controller::catalog const& present
);

}  // namespace tcr::instances
