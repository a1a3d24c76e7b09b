// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds the keys that sign requests to the cloud's API. Renews temporary keys.

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
    variables,  ///< environment variables such as TENCENTCLOUD_SECRET_ID
    pod,        ///< TKE pod identity: STS exchanges a token of the ServiceAccount for keys
    machine     ///< the role of the CVM that this process runs on
};

/// The name of a source in logs and metrics: "none", "folder", "environment", "pod-identity", "cvm-role".
std::string_view to_string(identity_source source);

struct identity_sources
{
    /// Reads an environment variable. nullopt: the variable is not set. "": the variable is set but empty.
    std::function<std::optional<std::string>(std::string const& name)> variable;

    /// The folder with the files secretId, secretKey and, for temporary keys, token. Usually the mount of a
    /// Secret. If this path is empty, no folder is read. A folder that is missing, or has neither secretId
    /// nor secretKey, is skipped.
    std::filesystem::path folder;

    std::string sts_url = "https://sts.tencentcloudapi.com/";  ///< parsed by `net::parse_web_address`

    /// The CVM's metadata service, parsed by `net::parse_web_address`. If empty, the CVM's role is not used.
    /// The first request reads the name of the role, the second one the keys of the role. Each request may
    /// take 2 s.
    std::string metadata_url = "http://metadata.tencentyun.com/";
};

/// Provides the keys to sign with. Uses the first source that exists: the folder, the environment variables,
/// TKE pod identity, the CVM's role. If a source exists but is unusable (an empty key, an unreadable
/// file, a refusal by STS), returns an error. Does not fall back to the next source then, because the next
/// source may belong to another identity with other rights. `errc::no_identity` means that no source exists.
/// The CVM's role counts as missing if `metadata_url` is empty, or if the service there does not answer or
/// answers that there is no role (HTTP 404).
///
/// The variables with keys are TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary keys,
/// TENCENTCLOUD_TOKEN or TENCENTCLOUD_SECURITY_TOKEN. In a pod that has an identity, TKE sets
/// TKE_PROVIDER_ID, TKE_ROLE_ARN, TKE_WEB_IDENTITY_TOKEN_FILE and TKE_REGION
/// (https://www.tencentcloud.com/document/product/457/57285).
///
/// The folder and the variables are read again at each call. Keys of a pod identity and of the CVM's role are
/// cached. When 10 % of their lifetime is left, but at most 5 minutes before they expire, the next call
/// renews them. If a renewal fails while the old keys are valid, `keys` logs a warning and returns the old
/// keys. The first call after 1 minute attempts the next renewal.
class cloud_identity
{
public:
    using clock = std::function<std::chrono::system_clock::time_point()>;

    /// \par Lifetimes `web` and `log` must outlive this object.
    cloud_identity(net::web_client& web, identity_sources sources, logger& log, clock now);

    /// Returns the keys to use now. Concurrent calls are rare, so each call sends its own requests.
    /// \par Errors The texts contain no keys.
    /// - `errc::no_identity`: no source exists.
    /// - `errc::bad_identity`: files or variables are unusable, STS refused permanently (except with
    ///   `clock_skew`), or the answer of the metadata service has a Code other than "Success".
    /// - All other errors keep their code: `errc::clock_skew`, retryable errors, network errors, an unusable
    ///   URL.
    /// \par Cancellation terminal.
    task<result<cloud_keys>> keys();

    /// Discards the cached keys. Call this if the API refuses the keys that `keys` returned.
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
