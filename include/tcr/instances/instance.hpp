#pragma once

// The content of a list of TCR instances.

#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/registry/cloud_client.hpp>

#include <string>
#include <vector>

namespace tcr::instances
{

/// A configured TCR instance, for which ImagePullSecrets are made.
struct instance
{
    registry::instance_id id;

    /// "public", "vpc", "custom" (all custom domains that the API reports), or a server's name.
    std::vector<std::string> domains;

    /// Spec of its ImagePullSecrets, without the server; `tcr`, if set, without the instance.
    controller::image_pull_secret_spec spec;
};

/// The whole configuration: instances, and complete ImagePullSecrets as in the original add-on's values.
struct instance_list
{
    std::vector<instance> instances;
    std::vector<controller::image_pull_secret> image_pull_secrets;
};

}  // namespace tcr::instances
