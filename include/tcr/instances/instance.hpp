#pragma once

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
    tcr,         ///< a token that we make
    literal,     ///< "static": user name and password as they stand
    secret_ref,  ///< a password in a Secret of our own namespace
};

/// A TCR instance that ImagePullSecrets are made for, as configured.
struct instance
{
    registry::instance_id id;

    /// "public", "vpc", "custom" (all that the API tells), or a server's name.
    std::vector<std::string> domains;

    std::string namespaces = "*";
    std::string service_accounts = "*";
    std::vector<std::string> excluded_namespaces;

    credential_kind credential = credential_kind::tcr;
    std::string token_type = "temp";  ///< of `tcr`
    std::string username;             ///< of the two others
    std::string password;             ///< of `literal`
    std::optional<credentials::password_reference> password_from;

    bool operator==(instance const&) const = default;
};

/// All that is configured: instances, and ImagePullSecrets written out, as the original add-on's values have
/// them.
struct instance_list
{
    std::vector<instance> instances;
    std::vector<controller::image_pull_secret> written_out;
};

/// The instance's name in the labels of ImagePullSecrets that belong to none.
inline constexpr char const* written_out_instance = "values";

}  // namespace tcr::instances
