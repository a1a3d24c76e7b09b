#pragma once

#include "cluster.hpp"

#include <functional>
#include <string>
#include <vector>

namespace tcr::test
{

/// Where a kind of hostile object is created, and by which users.
struct hostile_place
{
    cluster& tenant;  ///< may do what the ClusterRole `edit` allows in one namespace, and nothing else
    cluster& administrator;
    std::string ns;      ///< the tenant's namespace
    std::string secret;  ///< name of the Secret that the controller keeps in every namespace
};

/// Objects of one kind that must not stop the controller from serving other namespaces.
struct hostile_kind
{
    std::string name;

    /// Creates them. \return what the server said of those that it refused.
    std::function<std::vector<std::string>(hostile_place const&)> create;

    /// One step of a loop that goes on while the service is measured, as the tenant; may be empty.
    std::function<void(cluster& tenant, hostile_place const&)> step = {};

    /// Namespaces that `create` made, besides the tenant's.
    std::vector<std::string> namespaces = {};
};

std::ostream& operator<<(std::ostream& out, hostile_kind const& kind);

/// All kinds. $TCR_EXHAUSTIVE makes the largest ones as large as a tenant can.
std::vector<hostile_kind> hostile_kinds();

}  // namespace tcr::test
