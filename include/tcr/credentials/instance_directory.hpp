// SPDX-License-Identifier: Apache-2.0
#pragma once

// The domains of TCR instances.

#include <tcr/registry/cloud_client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::credentials
{

/// The host names of an instance's registry.
struct instance_names
{
    std::string public_domain;  ///< "name.tencentcloudcr.com"
    std::string vpc_domain;     ///< "name-vpc.tencentcloudcr.com"
    std::vector<std::string> custom_domains;

    std::vector<std::string> all() const;
};

/// The VPC domain: "name-vpc.tencentcloudcr.com" for "name.tencentcloudcr.com". It is derived, because the
/// API does not return it (https://cloud.tencent.com/document/product/1141/41838). Empty if `public_domain`
/// has no name before a dot.
std::string vpc_domain_of(std::string_view public_domain);

/// Reads the host names of instances from the cloud's API. Caches these names to call the API less often.
class instance_directory
{
public:
    /// `cloud` must outlive the directory.
    explicit instance_directory(registry::cloud_client& cloud) : cloud_(cloud) {}

    /// The host names of an instance: the cached names if they are at most `age` old, else those that the API
    /// returns now. Omits custom domains that are being deleted. Includes all other custom domains, even
    /// those that do not work yet.
    /// \par Errors those of `registry::cloud_client`; `registry::errc::bad_answer` if the API returns no
    /// public domain.
    /// \par Cancellation terminal.
    task<result<instance_names>> names(registry::instance_id of, std::chrono::steady_clock::duration age);

private:
    struct cached_names
    {
        instance_names names;
        std::chrono::steady_clock::time_point asked_at;
    };

    registry::cloud_client& cloud_;
    std::map<registry::instance_id, cached_names> known_;
};

}  // namespace tcr::credentials
