// SPDX-License-Identifier: Apache-2.0
#pragma once

// The content of a list of TCR instances.

#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/registry/cloud_client.hpp>

#include <string>
#include <vector>

namespace tcr::instances
{

/// A TCR instance in the list. The controller makes ImagePullSecrets for it.
struct instance
{
    registry::instance_id id;

    /// Each element is "public", "vpc", "custom" (all custom domains that the API reports) or a server.
    std::vector<std::string> domains;

    /// Spec of the instance's ImagePullSecrets. Incomplete: `image_pull_secrets_of` adds the server, and the
    /// registry ID and region in `tcr`.
    controller::image_pull_secret_spec spec;
};

/// The content of the list: instances, and complete ImagePullSecrets in the form of the original add-on's
/// values.
struct instance_list
{
    std::vector<instance> instances;
    std::vector<controller::image_pull_secret> image_pull_secrets;
};

}  // namespace tcr::instances
