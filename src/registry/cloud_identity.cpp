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

/// The metadata service answers at once or, outside the cloud, never.
constexpr std::chrono::milliseconds metadata_limit{2'000};

/// Pause after a failed renewal while the old keys are valid, so that not every call retries.
constexpr std::chrono::minutes renewal_pause{1};

/// Whether a refusal of STS is permanent, i.e. about our identity.
bool is_final(boost::system::error_code code)
{
    return code.category() == category() && !is_retryable(code) && code != errc::clock_skew;
}

}  // namespace

std::string_view to_string(identity_source source)
{
    switch (source)
    {
        case identity_source::none:
            return "none";
        case identity_source::folder:
            return "folder";
        case identity_source::variables:
            return "environment";
        case identity_source::pod:
            return "pod-identity";
        case identity_source::machine:
            return "cvm-role";
    }
    return "unknown";
}

cloud_identity::cloud_identity(net::web_client& web, identity_places places, logger& log, clock now)
    : web_(web), places_(std::move(places)), log_(log), now_(std::move(now))
{
}

task<result<cloud_keys>> cloud_identity::keys()
{
    auto standing = from_folder();
    if (!standing)
        co_return standing.error();
    if (*standing)
    {
        took(identity_source::folder);
        co_return **standing;
    }
    standing = from_variables();
    if (!standing)
        co_return standing.error();
    if (*standing)
    {
        took(identity_source::variables);
        co_return **standing;
    }
    if (kept_ && now_() < kept_->renew_at)
        co_return kept_->keys;

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
        took(source);
        auto& kept = kept_.emplace();
        kept.keys = **fresh;
        kept.renew_at = renewal_of(now, *kept.keys.expires_at);
        co_return kept.keys;
    }
    auto failure =
        fresh ? error(
                    errc::no_identity,
                    "there are no cloud keys: neither a folder of them, nor TENCENTCLOUD_SECRET_ID, nor "
                    "a TKE pod identity, nor a role of the CVM"
                )
              : fresh.error();
    // Another call may have renewed or discarded the keys during the wait.
    if (kept_ && now < *kept_->keys.expires_at)
    {
        if (now >= kept_->renew_at)
        {
            kept_->renew_at = std::min(now + renewal_pause, *kept_->keys.expires_at);
            log_.warning(
                "cloud keys cannot be renewed yet",
                {{"source", to_string(source_)},
                 {"why", printable(failure.message())},
                 {"good_until", rfc3339(*kept_->keys.expires_at)}}
            );
        }
        co_return kept_->keys;
    }
    kept_.reset();
    co_return failure;
}

result<std::optional<cloud_keys>> cloud_identity::from_folder() const
{
    if (places_.folder.empty())
        return std::optional<cloud_keys>();
    return keys_in_folder(places_.folder);
}

result<std::optional<cloud_keys>> cloud_identity::from_variables() const
{
    return keys_in_variables(places_);
}

task<result<std::optional<cloud_keys>>> cloud_identity::from_pod()
{
    // Read again each time: kubelet replaces the token long before it expires.
    auto const pod = pod_identity_in(places_);
    if (!pod)
        co_return pod.error();
    if (!*pod)
        co_return std::optional<cloud_keys>();
    std::string const called = "TKE pod identity";
    auto const to = net::parse_web_address(places_.sts_url);
    if (!to)
        co_return to.error().with_prefix(called);
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
        co_return answer.error().with_prefix(called);
    std::vector<std::string> const secrets{(*pod)->token};
    auto const read = read_cloud_answer(what.action, *answer, secrets, now_());
    if (read.refusal)
    {
        auto refusal = read.refusal->with_prefix(called);
        if (is_final(refusal.code))
            refusal.code = errc::bad_identity;
        co_return refusal;
    }
    auto keys = parse_assumed_role(read.response);
    if (!keys)
        co_return keys.error().with_prefix(called + ": " + what.action);
    co_return std::optional(std::move(*keys));
}

task<result<std::optional<cloud_keys>>> cloud_identity::from_machine()
{
    if (places_.metadata_url.empty())
        co_return std::optional<cloud_keys>();
    std::string const called = "the CVM's role";
    auto const base = net::parse_web_address(places_.metadata_url);
    if (!base)
        co_return base.error().with_prefix(called);
    net::web_request request;
    request.to = *base;
    if (!request.to.target.ends_with('/'))
        request.to.target += '/';
    request.to.target += "latest/meta-data/cam/security-credentials/";
    request.limit = metadata_limit;
    auto const folder = request.to;
    auto const listed = co_await web_.send(std::move(request));
    if (!listed)
        co_return error(
            errc::no_identity,
            "there are no cloud keys: neither a folder of them, nor TENCENTCLOUD_SECRET_ID, nor a TKE pod "
            "identity, "
            "and the metadata of a CVM do not answer: " +
                listed.error().message()
        );
    if (listed->status == 404)
        co_return std::optional<cloud_keys>();
    if (!listed->ok())
        co_return error(
            errc::unavailable, called + ": the metadata answer with HTTP " + std::to_string(listed->status)
        );
    auto const role = parse_role_name(listed->body);
    if (!role)
        co_return role.error().with_prefix(called);
    net::web_request second;
    second.to = folder;
    second.to.target += url_encode(*role);
    second.limit = metadata_limit;
    auto const answer = co_await web_.send(std::move(second));
    if (!answer)
        co_return answer.error().with_prefix(called);
    if (!answer->ok())
        co_return error(
            errc::unavailable, called + ": the metadata answer with HTTP " + std::to_string(answer->status)
        );
    auto keys = parse_role_keys(answer->body);
    if (!keys)
        co_return keys.error().with_prefix(called);
    co_return std::optional(std::move(*keys));
}

void cloud_identity::took(identity_source source)
{
    if (std::exchange(source_, source) != source)
        log_.info("cloud keys come from another place now", {{"source", to_string(source)}});
}

}  // namespace tcr::registry
