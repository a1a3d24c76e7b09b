#pragma once

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
#include <utility>
#include <vector>

// TCR's API, version 2019-09-24: https://cloud.tencent.com/document/api/1141
namespace tcr::registry
{

/// How long a token lives: an hour, or years.
enum class token_type
{
    temp,
    longterm
};

/// "temp", "longterm", as the API and the CRD spell them.
std::string_view to_string(token_type type);
std::optional<token_type> parse_token_type(std::string_view text);

/// A TCR Enterprise instance.
struct instance_id
{
    std::string id;      ///< "tcr-dg284imq"
    std::string region;  ///< "ap-guangzhou"

    auto operator<=>(instance_id const&) const = default;
};

/// CreateInstanceToken's answer.
struct instance_token
{
    std::string username;
    std::string password;                              ///< the API's Token
    std::string token_id;                              ///< of long-term ones
    std::chrono::system_clock::time_point expires_at;  ///< `max()`: never, which only long-term ones may say
};

/// DescribeInstances' answer, what we use of it.
struct instance_facts
{
    std::string name;           ///< RegistryName
    std::string public_domain;  ///< "name.tencentcloudcr.com"; may be empty while the instance is made
    std::string status;         ///< "Running"
};

/// DescribeInstanceCustomizedDomain's.
struct custom_domain
{
    std::string name;
    std::string status;  ///< "SUCCESS", "FAILURE", "CREATING", "DELETING"
};

/// DescribeInstanceToken's: a long-term token, without its value.
struct token_facts
{
    std::string id;
    std::string description;
    bool is_enabled = false;
    std::chrono::system_clock::time_point expires_at;  ///< `max()`: never
};

/// DescribeInternalEndpoints': a link from a VPC.
struct internal_endpoint
{
    std::string vpc;
    std::string subnet;
    std::string status;
    std::string ip;  ///< empty until it is ready
};

struct cloud_options
{
    std::string url = "https://tcr.tencentcloudapi.com/";  ///< for `net::parse_web_address`
    double qps = 5;     ///< calls a second; the API's own limits are 20 and 100
    double burst = 10;  ///< calls at once before `qps` binds
};

/// Calls of the cloud's API, signed with the process's identity. Each call is made once; one that is refused
/// because its temporary keys are over is made once more with fresh ones. Who calls decides about retries.
///
/// \par Errors of all calls: `registry::errc`, `net::errc`, the system's. The text names action, code and the
/// API's own sentence and request id, and holds no credential. `clock_skew` tells how far our clock is off,
/// where the answer's Date says so. \par Cancellation terminal: by exception, or by the error
/// `operation_aborted`. \par Lifetimes must outlive every call.
class cloud_client
{
public:
    cloud_client(
        asio::any_io_executor executor,
        net::web_client& web,
        cloud_identity& identity,
        cloud_options options,
        cloud_identity::clock now
    );

    /// Makes a token; each call makes another. `description` is for long-term ones.
    task<result<instance_token>> create_token(instance_id of, token_type type, std::string description);

    /// `errc::not_found` where there is no such instance in the region.
    task<result<instance_facts>> describe_instance(instance_id of);

    task<result<std::vector<custom_domain>>> custom_domains(instance_id of);
    task<result<std::vector<token_facts>>> long_term_tokens(instance_id of);
    task<result<std::vector<internal_endpoint>>> internal_endpoints(instance_id of);

    /// Calls so far by action and result: "success", "failed".
    std::map<std::pair<std::string, std::string>, std::uint64_t> const& calls() const { return calls_; }

private:
    /// Collects the pages of a list; `parse` reads one of them.
    template <class T, class Parse>
    task<result<std::vector<T>>> list(std::string action, instance_id of, Parse parse);

    task<result<boost::json::object>> call(
        std::string action, std::string region, boost::json::object parameters
    );

    asio::any_io_executor executor_;
    net::web_client& web_;
    cloud_identity& identity_;
    cloud_options options_;
    cloud_identity::clock now_;
    token_bucket pace_;
    std::map<std::pair<std::string, std::string>, std::uint64_t> calls_;
};

}  // namespace tcr::registry
