#pragma once

// Finds the keys that sign requests to the cloud's API, and renews temporary ones.

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

/// Where the cloud keys came from.
enum class identity_source
{
    none,       ///< no keys yet
    folder,     ///< files of a mounted Secret
    variables,  ///< TENCENTCLOUD_SECRET_ID and so on
    pod,        ///< TKE pod identity: STS exchanges a token of the ServiceAccount for keys
    machine     ///< the role of the CVM we run on
};

/// For logs and the metric's label: "none", "folder", "environment", "pod-identity", "cvm-role".
std::string_view to_string(identity_source source);

struct identity_sources
{
    /// Reads an environment variable. Nothing: it is not set; "": it is set but empty.
    std::function<std::optional<std::string>(std::string const& name)> variable;

    /// A folder with the files secretId, secretKey and, for temporary keys, token; empty: no folder is read.
    /// Skipped if it does not exist or has neither of the first two, as with an optional Secret.
    std::filesystem::path folder;

    std::string sts_url = "https://sts.tencentcloudapi.com/";  ///< for `net::parse_web_address`

    /// For `net::parse_web_address`; empty: do not use the CVM's role. Each of its two requests may take 2 s.
    std::string metadata_url = "http://metadata.tencentyun.com/";
};

/// Provides the keys to sign with, from the first source that exists: the folder, environment variables, TKE
/// pod identity, the CVM's role. A source that exists but is unusable (an empty variable, an unreadable file,
/// a refused exchange) is an error: there is no fallback to the next, weaker source. `errc::no_identity`
/// means that no source exists: the CVM's metadata do not answer either, or name no role.
///
/// The variables are TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary keys,
/// TENCENTCLOUD_TOKEN or TENCENTCLOUD_SECURITY_TOKEN; TKE_PROVIDER_ID, TKE_ROLE_ARN,
/// TKE_WEB_IDENTITY_TOKEN_FILE and TKE_REGION, all of which TKE sets in a pod that has an identity
/// (https://www.tencentcloud.com/document/product/457/57285).
///
/// Keys of the last two sources are cached and renewed before they expire: 10 % of their lifetime before, but
/// at most 5 minutes. Folder and variables are read again at each call. If renewal fails while the old keys
/// are valid, it logs a warning, returns the old keys, and retries at the first call after a minute.
class cloud_identity
{
public:
    using clock = std::function<std::chrono::system_clock::time_point()>;

    /// `web` and `log` must outlive it.
    cloud_identity(net::web_client& web, identity_sources sources, logger& log, clock now);

    /// Returns the keys to use now. Concurrent calls send one request each; they are rare.
    /// \par Errors `errc::no_identity`; `errc::bad_identity`, also for every permanent refusal of STS except
    /// `clock_skew`; retryable and network errors unchanged. The text contains no key. \par Cancellation
    /// terminal.
    task<result<cloud_keys>> keys();

    /// Call if the API refuses the keys: the next `keys` gets new ones.
    void discard_keys() { cached_.reset(); }

    /// Where the last keys came from.
    identity_source source() const { return source_; }

private:
    struct cached_keys
    {
        cloud_keys keys;
        std::chrono::system_clock::time_point renew_at;
    };

    task<result<std::optional<cloud_keys>>> from_pod();
    task<result<std::optional<cloud_keys>>> from_machine();
    result<std::optional<cloud_keys>> given_keys();
    void set_source(identity_source source);

    net::web_client& web_;
    identity_sources sources_;
    logger& log_;
    clock now_;
    std::optional<cached_keys> cached_;
    identity_source source_ = identity_source::none;
};

}  // namespace tcr::registry
