// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cluster.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tcr::test
{

/// The namespace of the hostile objects, and the clients that create the objects.
struct hostile_place
{
    cluster& tenant;  ///< has the rights of the ClusterRole `edit` in one namespace, and no others
    cluster& administrator;
    std::string ns;      ///< the tenant's namespace
    std::string secret;  ///< name of the Secret that the controller maintains in every namespace
};

/// Objects of one kind that must not keep the controller from serving other namespaces.
struct hostile_kind
{
    std::string name;

    /// Creates the objects. \return the messages of the requests that the server refused
    std::function<std::vector<std::string>(hostile_place const&)> create;

    /// One step of a loop that the tenant runs while the service is measured; may be empty.
    std::function<void(cluster& tenant, hostile_place const&)> step = {};

    /// Namespaces that `create` creates, in addition to the tenant's.
    std::vector<std::string> namespaces = {};
};

std::ostream& operator<<(std::ostream& out, hostile_kind const& kind);

/// All kinds. If $TCR_EXHAUSTIVE is set, the largest kinds have the maximum size that a tenant can create.
std::vector<hostile_kind> hostile_kinds();

}  // namespace tcr::test
