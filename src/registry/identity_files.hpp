#pragma once

#include <tcr/registry/cloud_identity.hpp>
#include <tcr/util/error.hpp>

#include <optional>
#include <string>

// Keys that stand somewhere for us to read. Pure but for reading files. An error is `errc::bad_identity`, and
// names the file or variable and never what it holds; nothing: the place is not there.
namespace tcr::registry
{

/// Of the files secretId, secretKey and token of a folder.
result<std::optional<cloud_keys>> keys_in_folder(std::filesystem::path const& folder);

/// Of TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY, and TENCENTCLOUD_TOKEN or TENCENTCLOUD_SECURITY_TOKEN.
result<std::optional<cloud_keys>> keys_in_variables(identity_places const& places);

/// What a TKE pod with an identity is given:
/// https://www.tencentcloud.com/document/product/457/57285
struct pod_identity
{
    std::string region;
    std::string provider;
    std::string role;
    std::string token;  ///< of the ServiceAccount; another one from time to time
};

/// Of TKE_REGION, TKE_PROVIDER_ID, TKE_ROLE_ARN and the file that TKE_WEB_IDENTITY_TOKEN_FILE names.
result<std::optional<pod_identity>> pod_identity_in(identity_places const& places);

}  // namespace tcr::registry
