// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/certificate_plan.hpp>
#include <tcr/net/certificate.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <utility>

namespace tcr::admission
{
namespace
{

using time_point = std::chrono::system_clock::time_point;
using std::chrono::seconds;

/// Whether a pair can be served, and until when. A `not_before` in the future is no problem: the clock of the
/// machine that issued the certificate may be ahead.
struct inspected_pair
{
    std::string problem;  ///< empty: it can be served
    time_point not_before;
    time_point not_after;

    bool is_good() const { return problem.empty(); }

    /// The time at which two thirds of the certificate's life are over.
    time_point due() const { return not_after - (not_after - not_before) / 3; }
};

inspected_pair inspect(key_pair const& pair, std::string const& ca_pem, time_point now)
{
    inspected_pair found;
    auto const facts = net::inspect_certificate(pair.certificate_pem, pair.key_pem, ca_pem);
    if (!facts)
    {
        found.problem = facts.error().message();
        return found;
    }
    found.not_before = facts->not_before;
    found.not_after = facts->not_after;
    if (now >= found.not_after)
        found.problem = "the certificate expired at " + rfc3339(found.not_after);
    return found;
}

bool can_restore(std::optional<certificate_secret> const& last_good, time_point now)
{
    return last_good && inspect(last_good->current, last_good->ca_pem, now).is_good();
}

/// The first of `names` that the certificate lacks; empty if it has all.
std::string missing_name(key_pair const& pair, std::vector<std::string> const& names)
{
    for (auto const& name : names)
        if (!net::is_certificate_for(pair.certificate_pem, name))
            return name;
    return {};
}

certificate_plan plan_of_foreign(
    certificate_secret const& current, certificate_policy const& policy, time_point now
)
{
    certificate_plan plan;
    auto const found = inspect(current.current, current.ca_pem, now);
    if (found.is_good())
    {
        // The owner of the Secret renews the certificate. Check again when this certificate expires.
        plan.recheck_at = found.not_after;
        auto const missing = missing_name(current.current, policy.names);
        if (missing.empty())
            return plan;
        plan.reason = "the certificate is not for " + missing;
    }
    else
        plan.reason = found.problem;
    plan.step = certificate_step::report;
    return plan;
}

certificate_plan plan_of_ours(
    certificate_secret const& current,
    std::optional<certificate_secret> const& last_good,
    certificate_policy const& policy,
    std::optional<time_point> trusted_since,
    time_point now
)
{
    certificate_plan plan;
    auto const served = inspect(current.current, current.ca_pem, now);
    bool const has_next = inspect(current.next, current.ca_pem, now).is_good();
    if (!served.is_good())
    {
        plan.reason = served.problem;
        if (can_restore(last_good, now))
            plan.step = certificate_step::restore;
        else
            plan.step = has_next ? certificate_step::promote : certificate_step::replace;
        return plan;
    }
    if (has_next && missing_name(current.next, policy.names).empty())
    {
        // Promote the next certificate when both webhook configurations have contained its authority for
        // `settle()`. Shortly before the current certificate expires, promote the next one in any case.
        auto const last_moment = served.not_after - policy.settle();
        plan.recheck_at =
            trusted_since ? std::min(*trusted_since + policy.settle(), last_moment) : last_moment;
        if (now < plan.recheck_at)
            return plan;
        plan.step = certificate_step::promote;
        plan.reason = trusted_since ? "both webhook configurations trust the next certificate"
                                    : "the current certificate is about to expire";
        return plan;
    }
    auto const missing = missing_name(current.current, policy.names);
    plan.recheck_at = served.due();
    if (!missing.empty())
        plan.reason = "the certificate is not for " + missing;
    else if (now >= plan.recheck_at)
        plan.reason = "two thirds of the certificate's life are over";
    else
        return plan;
    plan.step = certificate_step::stage;
    return plan;
}

net::certificate_request request_for(certificate_policy const& policy, time_point now)
{
    net::certificate_request request;
    request.common_name = policy.names.empty() ? "tcr-assistant" : policy.names.front();
    request.names = policy.names;
    // Begin in the past, because the clocks of API servers may be behind.
    request.not_before = now - std::min<seconds>(seconds(300), policy.life / 10);
    request.not_after = now + policy.life;
    return request;
}

}  // namespace

std::string_view name_of(certificate_step step)
{
    constexpr std::string_view names[] = {
        "none", "create", "restore", "replace", "stage", "promote", "report"};
    return names[static_cast<std::size_t>(step)];
}

certificate_plan plan_certificate(
    std::optional<certificate_secret> const& current,
    std::optional<certificate_secret> const& last_good,
    certificate_policy const& policy,
    std::optional<time_point> trusted_since,
    time_point now
)
{
    certificate_plan plan;
    if (!current)
    {
        bool const is_deleted = can_restore(last_good, now);
        plan.step = is_deleted ? certificate_step::restore : certificate_step::create;
        plan.reason = is_deleted ? "the Secret was deleted" : "the Secret does not exist";
        return plan;
    }
    if (current->is_ours)
        return plan_of_ours(*current, last_good, policy, trusted_since, now);
    if (current->is_blank() && !current->is_cert_managers)
    {
        plan.step = certificate_step::replace;
        plan.reason = "the Secret is empty";
        return plan;
    }
    return plan_of_foreign(*current, policy, now);
}

result<certificate_secret> apply_step(
    certificate_step step,
    std::optional<certificate_secret> const& current,
    std::optional<certificate_secret> const& last_good,
    certificate_policy const& policy,
    time_point now
)
{
    certificate_secret content = current.value_or(certificate_secret());
    content.is_ours = true;
    if (step == certificate_step::restore)
    {
        auto restored = *last_good;
        restored.resource_version = content.resource_version;
        return restored;
    }
    if (step == certificate_step::promote)
    {
        content.current = std::exchange(content.next, {});
        content.ca_pem = net::join_bundles({content.ca_pem}, now);
        return content;
    }
    auto issued = net::issue_certificate(request_for(policy, now));
    if (!issued)
        return issued.error();
    // Keep former authorities until they expire, because replicas may still serve the former certificate.
    content.ca_pem = net::join_bundles({issued->ca_pem, content.ca_pem}, now);
    key_pair fresh{std::move(issued->certificate_pem), std::move(issued->key_pem)};
    if (step == certificate_step::stage)
        content.next = std::move(fresh);
    else
    {
        content.current = std::move(fresh);
        content.next = {};
    }
    return content;
}

}  // namespace tcr::admission
