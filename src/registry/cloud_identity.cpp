// SPDX-License-Identifier: Apache-2.0
#include "cloud_answer.hpp"
#include "identity_files.hpp"
#include "session_keys.hpp"
#include <tcr/registry/cloud_identity.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <utility>

namespace tcr::registry
{
namespace
{

using system_clock = std::chrono::system_clock;

/// Time limit for the metadata service, which answers at once in the cloud and never elsewhere.
constexpr std::chrono::milliseconds metadata_limit{2'000};

/// Pause after a failed renewal while the old keys are valid, so that not every call of `keys` retries.
constexpr std::chrono::minutes renewal_pause{1};

error no_keys(std::string_view last_source)
{
    return error(
        errc::no_identity,
        "there are no cloud keys: no folder with keys, no TENCENTCLOUD_SECRET_ID, no TKE pod identity, and " +
            std::string(last_source)
    );
}

net::web_request metadata_request(net::web_address page)
{
    net::web_request request;
    request.to = std::move(page);
    request.limit = metadata_limit;
    return request;
}

error metadata_failed(unsigned status)
{
    return error(
        errc::unavailable,
        "role of the CVM: the metadata service answered with HTTP " + std::to_string(status)
    );
}

/// Whether a refusal by STS is permanent and not due to our clock. Such a refusal is due to our identity.
bool is_permanent(boost::system::error_code code)
{
    return code.category() == category() && !is_retryable(code) && code != errc::clock_skew;
}

}  // namespace

std::string_view to_string(identity_source source)
{
    constexpr std::string_view names[] = {"none", "folder", "environment", "pod-identity", "cvm-role"};
    return names[static_cast<std::size_t>(source)];
}

cloud_identity::cloud_identity(net::web_client& web, identity_sources sources, logger& log, clock now)
    : web_(web), sources_(std::move(sources)), log_(log), now_(std::move(now))
{
}

task<result<cloud_keys>> cloud_identity::keys()
{
    auto const given = given_keys();
    if (!given)
        co_return given.error();
    if (*given)
        co_return **given;
    if (cached_ && now_() < cached_->renew_at)
        co_return cached_->keys;

    auto source = identity_source::pod;
    auto fresh = co_await from_pod();
    if (fresh && !*fresh)
    {
        source = identity_source::machine;
        fresh = co_await from_machine();
    }
    auto const now = now_();
    if (fresh && *fresh)
    {
        set_source(source);
        auto& cached = cached_.emplace();
        cached.keys = **fresh;
        cached.renew_at = renewal_time(now, *cached.keys.expires_at);
        co_return cached.keys;
    }
    auto failure = fresh ? no_keys("no role of the CVM") : fresh.error();
    // Another call may have renewed or discarded the keys during the wait.
    if (cached_ && now < *cached_->keys.expires_at)
    {
        if (now >= cached_->renew_at)
        {
            cached_->renew_at = std::min(now + renewal_pause, *cached_->keys.expires_at);
            log_.warning(
                "cannot renew the cloud keys; using the current ones; retrying after 1m",
                {{"source", to_string(source_)},
                 {"error", printable(failure.message())},
                 {"expires_at", rfc3339(*cached_->keys.expires_at)}}
            );
        }
        co_return cached_->keys;
    }
    cached_.reset();
    co_return failure;
}

/// The keys in the folder or, if it has none, the keys in the environment variables.
result<std::optional<cloud_keys>> cloud_identity::given_keys()
{
    auto source = identity_source::folder;
    auto found = keys_in_folder(sources_.folder);
    if (found && !*found)
    {
        source = identity_source::variables;
        found = keys_in_variables(sources_);
    }
    if (found && *found)
        set_source(source);
    return found;
}

task<result<std::optional<cloud_keys>>> cloud_identity::from_pod()
{
    // Read the pod's token again for each renewal, because kubelet replaces the token regularly.
    auto const pod = pod_identity_in(sources_);
    if (!pod)
        co_return pod.error();
    if (!*pod)
        co_return std::optional<cloud_keys>();
    std::string const prefix = "TKE pod identity";
    auto const to = net::parse_web_address(sources_.sts_url);
    if (!to)
        co_return to.error().with_prefix(prefix);
    cloud_action what;
    what.service = "sts";
    what.version = "2018-08-13";
    what.action = "AssumeRoleWithWebIdentity";
    what.region = (*pod)->region;
    what.body = assume_role_body(**pod);
    auto const when = std::chrono::floor<std::chrono::seconds>(now_());
    auto request = make_cloud_request(*to, what, nullptr, when);
    auto const answer = co_await web_.send(std::move(request));
    if (!answer)
        co_return answer.error().with_prefix(prefix);
    std::vector<std::string> const secrets{(*pod)->token};
    auto const read = read_cloud_answer(what.action, *answer, secrets, now_());
    if (read.refusal)
    {
        auto refusal = read.refusal->with_prefix(prefix);
        if (is_permanent(refusal.code))
            refusal.code = errc::bad_identity;
        co_return refusal;
    }
    auto keys = parse_assumed_role(read.response);
    if (!keys)
        co_return keys.error().with_prefix(prefix + ": " + what.action);
    co_return std::optional(std::move(*keys));
}

task<result<std::optional<cloud_keys>>> cloud_identity::from_machine()
{
    if (sources_.metadata_url.empty())
        co_return std::optional<cloud_keys>();
    std::string const prefix = "role of the CVM";
    auto const base = net::parse_web_address(sources_.metadata_url);
    if (!base)
        co_return base.error().with_prefix(prefix);
    auto page = *base;
    page.target += page.target.ends_with('/') ? "" : "/";
    page.target += "latest/meta-data/cam/security-credentials/";
    auto request = metadata_request(page);
    auto const listed = co_await web_.send(std::move(request));
    if (!listed)
        co_return no_keys("the CVM's metadata service did not answer: " + listed.error().message());
    if (listed->status == 404)
        co_return std::optional<cloud_keys>();
    if (!listed->ok())
        co_return metadata_failed(listed->status);
    auto const role = parse_role_name(listed->body);
    if (!role)
        co_return role.error().with_prefix(prefix);
    page.target += url_encode(*role);
    request = metadata_request(std::move(page));
    auto const answer = co_await web_.send(std::move(request));
    if (!answer)
        co_return answer.error().with_prefix(prefix);
    if (!answer->ok())
        co_return metadata_failed(answer->status);
    auto keys = parse_role_keys(answer->body);
    if (!keys)
        co_return keys.error().with_prefix(prefix);
    co_return std::optional(std::move(*keys));
}

void cloud_identity::set_source(identity_source source)
{
    if (std::exchange(source_, source) != source)
        log_.info("source of the cloud keys changed", {{"source", to_string(source)}});
}

}  // namespace tcr::registry
