#pragma once

#include <tcr/log/logger.hpp>
#include <tcr/net/web_client.hpp>
#include <tcr/registry/cloud_keys.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tcr::registry
{

/// Where keys came from.
enum class identity_source
{
    none,       ///< nowhere yet
    folder,     ///< files of a mounted Secret
    variables,  ///< TENCENTCLOUD_SECRET_ID and so on
    pod,        ///< TKE pod identity: a token of the ServiceAccount exchanged by STS
    machine     ///< the role of the CVM we run on
};

/// For logs and the metric's label: "none", "folder", "environment", "pod-identity", "cvm-role".
std::string_view to_string(identity_source source);

struct identity_places
{
    /// Reads an environment variable; "" and nothing are different.
    std::function<std::optional<std::string>(std::string const& name)> variable;

    /// A folder with the files secretId, secretKey and, for temporary keys, token; empty: none is asked. One
    /// that does not exist or has neither of the first two, such as that of an optional Secret, is no place.
    std::filesystem::path folder;

    std::string sts_url = "https://sts.tencentcloudapi.com/";  ///< for `net::parse_web_address`, as the next

    /// Empty: the CVM's role is not asked for. Each of the two requests may take 2 s.
    std::string metadata_url = "http://metadata.tencentyun.com/";
};

/// The keys to sign with, from the first place that has any: the folder, environment variables, TKE pod
/// identity, the CVM's role. A place that is there but cannot be used (an empty variable, a file that cannot
/// be read, an exchange that is refused) is an error, not a reason to go on to the next, weaker one; only
/// where the CVM's metadata do not answer is there no identity.
///
/// The variables are TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary keys,
/// TENCENTCLOUD_TOKEN or TENCENTCLOUD_SECURITY_TOKEN; TKE_PROVIDER_ID, TKE_ROLE_ARN,
/// TKE_WEB_IDENTITY_TOKEN_FILE and TKE_REGION, all of which TKE sets where a pod has an identity
/// (https://www.tencentcloud.com/document/product/457/57285).
///
/// Keys of the last two are kept until shortly before they end, 10 % of their life but at most 5 minutes
/// before; folder and variables are read again each time. When renewing fails while the old keys are still
/// good, those are returned, with a warning, and renewing is tried again a minute later.
class cloud_identity
{
public:
    using clock = std::function<std::chrono::system_clock::time_point()>;

    /// `web` and `log` must outlive it.
    cloud_identity(net::web_client& web, identity_places places, logger& log, clock now);

    /// \par Errors `errc::no_identity`, `bad_identity` also for whatever STS refuses for good, those that
    /// pass as they are, those of the network; never with a key in the text. \par Cancellation terminal. Side
    /// by side calls ask once each: they are rare.
    task<result<cloud_keys>> keys();

    /// The API says that the keys are no good: `keys` gets others.
    void forget() { kept_.reset(); }

    /// Where the last keys came from.
    identity_source source() const { return source_; }

private:
    struct kept_keys
    {
        cloud_keys keys;
        std::chrono::system_clock::time_point renew_at;
    };

    task<result<std::optional<cloud_keys>>> from_pod();
    task<result<std::optional<cloud_keys>>> from_machine();
    result<std::optional<cloud_keys>> from_folder() const;
    result<std::optional<cloud_keys>> from_variables() const;
    void took(identity_source source);

    net::web_client& web_;
    identity_places places_;
    logger& log_;
    clock now_;
    std::optional<kept_keys> kept_;
    identity_source source_ = identity_source::none;
};

}  // namespace tcr::registry
