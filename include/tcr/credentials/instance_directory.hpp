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

/// The names under which an instance's registry is reached.
struct instance_names
{
    std::string public_domain;  ///< "name.tencentcloudcr.com"
    std::string vpc_domain;     ///< "name-vpc.tencentcloudcr.com"
    std::vector<std::string> custom_domains;

    std::vector<std::string> all() const;
};

/// "name-vpc.tencentcloudcr.com" for "name.tencentcloudcr.com": the API does not return it
/// (https://cloud.tencent.com/document/product/1141/41838). Empty if there is no dot.
std::string vpc_domain_of(std::string_view public_domain);

/// The names of instances, from the cloud's API. Caches them, so that the API is called rarely.
class instance_directory
{
public:
    /// `cloud` must outlive it.
    explicit instance_directory(registry::cloud_client& cloud) : cloud_(cloud) {}

    /// The names of an instance: cached ones that are at most `age` old, or else from the API. Custom domains
    /// that are being deleted are left out; others are included even while they do not work.
    /// \par Errors as `registry::cloud_client`. \par Cancellation terminal.
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
