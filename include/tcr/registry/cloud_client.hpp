// SPDX-License-Identifier: Apache-2.0
#pragma once

// Client of TCR's API, version 2019-09-24: https://cloud.tencent.com/document/api/1141

#include <tcr/net/web_client.hpp>
#include <tcr/registry/cloud_identity.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>
#include <tcr/util/token_bucket.hpp>

#include <boost/json/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tcr::registry
{

/// The lifetime of a token: an hour (`temp`) or years (`longterm`).
enum class token_type
{
    temp,
    longterm
};

/// "temp" or "longterm", as in the API and the CRD.
std::string_view to_string(token_type type);
std::optional<token_type> parse_token_type(std::string_view text);

/// A TCR Enterprise instance.
struct instance_id
{
    std::string id;      ///< such as "tcr-dg284imq"
    std::string region;  ///< such as "ap-guangzhou"

    auto operator<=>(instance_id const&) const = default;
};

/// The answer of CreateInstanceToken.
struct instance_token
{
    std::string username;
    std::string password;                              ///< the field Token of the answer
    std::string token_id;                              ///< id of a long-term token; empty for a temporary one
    std::chrono::system_clock::time_point expires_at;  ///< `max()`: the token never expires
};

/// The fields of a DescribeInstances answer that we use.
struct instance_facts
{
    std::string name;  ///< RegistryName

    /// Such as "name.tencentcloudcr.com". May be empty while the instance is being created.
    std::string public_domain;
    std::string status;  ///< such as "Running"
};

/// An entry in the answer of DescribeInstanceCustomizedDomain.
struct custom_domain
{
    std::string name;
    std::string status;  ///< one of "SUCCESS", "FAILURE", "CREATING" and "DELETING"
};

/// An entry in the answer of DescribeInstanceToken: a long-term token without its value.
struct token_facts
{
    std::string id;
    std::string description;
    bool is_enabled = false;

    /// `max()`: the token never expires, or the answer has no valid time.
    std::chrono::system_clock::time_point expires_at;
};

struct cloud_options
{
    std::string url = "https://tcr.tencentcloudapi.com/";  ///< parsed by `net::parse_web_address`
    double qps = 5;     ///< max calls per second; the API allows 20 or 100, depending on the action
    double burst = 10;  ///< calls that may be sent at once before `qps` limits them
};

/// Calls the cloud's API and signs the calls with the keys of a `cloud_identity`. If the API refuses a call
/// because the temporary keys expired, sends the call once more with new keys. The caller decides about all
/// other retries.
///
/// \par Errors of all calls: `registry::errc`, those of `net::web_client::send`, invalid_argument for an
/// unusable URL. The text contains the action. If the API refused the call, the text also contains the API's
/// error code, its message and the request id, but no credential. For `clock_skew` the text also contains how
/// far our clock is off, if the answer has a Date header.
/// \par Cancellation terminal: by exception, or by the error `operation_aborted`.
/// \par Lifetimes the client, `web` and `identity` must outlive every call.
class cloud_client
{
public:
    cloud_client(
        net::web_client& web, cloud_identity& identity, cloud_options options, cloud_identity::clock now
    );

    /// Creates a token. Each call creates another token. `description` is used only for long-term tokens.
    task<result<instance_token>> create_token(instance_id of, token_type type, std::string description);

    /// Reads the data of an instance. \par Errors also `errc::not_found` if the region has no such instance.
    task<result<instance_facts>> describe_instance(instance_id of);

    task<result<std::vector<custom_domain>>> custom_domains(instance_id of);
    task<result<std::vector<token_facts>>> long_term_tokens(instance_id of);

    /// Number of requests so far, by action and result. The result is "success" or "failed". A call for
    /// which no keys are available sends no request and is not counted.
    std::map<std::pair<std::string, std::string>, std::uint64_t> const& calls() const { return calls_; }

private:
    /// Calls the API and returns the result of `parse`, which parses the content of the answer.
    template <class Parse>
    task<std::invoke_result_t<Parse, boost::json::object const&>> ask(
        std::string action, std::string region, boost::json::object parameters, Parse parse
    );

    /// Collects all pages of a list; `parse` parses one page.
    template <class T, class Parse>
    task<result<std::vector<T>>> list(std::string action, instance_id of, Parse parse);

    task<result<boost::json::object>> call(
        std::string action, std::string region, boost::json::object parameters
    );

    net::web_client& web_;
    cloud_identity& identity_;
    cloud_options options_;
    cloud_identity::clock now_;
    token_bucket rate_limit_;
    std::map<std::pair<std::string, std::string>, std::uint64_t> calls_;
};

}  // namespace tcr::registry
