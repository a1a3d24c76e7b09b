// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads cloud keys and pod identities from files and environment variables. All functions return nullopt if
// the source does not exist. Errors are `errc::bad_identity`. The text names the file or variable, but
// contains no key and no token.

#include <tcr/registry/cloud_identity.hpp>
#include <tcr/util/error.hpp>

#include <optional>
#include <string>

namespace tcr::registry
{

/// Reads keys from the files secretId, secretKey and token of a folder. An empty path is a missing source.
result<std::optional<cloud_keys>> keys_in_folder(std::filesystem::path const& folder);

/// Reads keys from TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary keys,
/// TENCENTCLOUD_TOKEN or TENCENTCLOUD_SECURITY_TOKEN.
result<std::optional<cloud_keys>> keys_in_variables(identity_sources const& sources);

/// The identity that TKE gives to a pod:
/// https://www.tencentcloud.com/document/product/457/57285
struct pod_identity
{
    std::string region;
    std::string provider;
    std::string role;
    std::string token;  ///< token of the ServiceAccount; kubelet replaces it regularly
};

/// Reads a pod identity from TKE_REGION, TKE_PROVIDER_ID, TKE_ROLE_ARN and the file that
/// TKE_WEB_IDENTITY_TOKEN_FILE names.
result<std::optional<pod_identity>> pod_identity_in(identity_sources const& sources);

}  // namespace tcr::registry
