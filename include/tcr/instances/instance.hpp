#pragma once

// The content of a list of TCR instances.

#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/registry/cloud_client.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tcr::instances
{

/// Where the credential of an instance comes from.
enum class credential_kind
{
    tcr,         ///< a token that the controller makes
    literal,     ///< "static": user name and password in the configuration
    secret_ref,  ///< a password in a Secret of the controller's own namespace
};

/// A configured TCR instance, for which ImagePullSecrets are made.
struct instance
{
    registry::instance_id id;

    /// "public", "vpc", "custom" (all custom domains that the API reports), or a server's name.
    std::vector<std::string> domains;

    std::string namespaces = "*";
    std::string service_accounts = "*";
    std::vector<std::string> excluded_namespaces;

    credential_kind credential = credential_kind::tcr;
    std::string token_type = "temp";  ///< of `tcr`
    std::string username;             ///< of `literal` and `secret_ref`
    std::string password;             ///< of `literal`
    std::optional<credentials::password_reference> password_from;

    bool operator==(instance const&) const = default;
};

/// The whole configuration: instances, and complete ImagePullSecrets as in the original add-on's values.
struct instance_list
{
    std::vector<instance> instances;
    std::vector<controller::image_pull_secret> image_pull_secrets;
};

/// Value of the instance label for ImagePullSecrets that belong to no instance.
inline constexpr char const* values_instance = "values";

}  // namespace tcr::instances
