#pragma once

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
    bool operator==(instance_names const&) const = default;
};

/// "name-vpc.tencentcloudcr.com" for "name.tencentcloudcr.com": the API does not tell it
/// (https://cloud.tencent.com/document/product/1141/41838). Empty where there is no dot.
std::string vpc_domain_of(std::string_view public_domain);

/// What the cloud's API tells of instances, asked rarely.
class instance_directory
{
public:
    /// `cloud` must outlive it.
    explicit instance_directory(registry::cloud_client& cloud) : cloud_(cloud) {}

    /// The names of an instance: as remembered for at most `age`, or as the API tells them now. Custom
    /// domains that are about to be deleted are left out; one that is out of order for a moment is not. \par
    /// Errors as `registry::cloud_client`. \par Cancellation terminal.
    task<result<instance_names>> names(registry::instance_id of, std::chrono::steady_clock::duration age);

private:
    struct known_names
    {
        instance_names names;
        std::chrono::steady_clock::time_point asked_at;
    };

    registry::cloud_client& cloud_;
    std::map<registry::instance_id, known_names> known_;
};

}  // namespace tcr::credentials
