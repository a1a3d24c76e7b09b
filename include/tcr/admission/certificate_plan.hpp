// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides when the webhooks' certificate is created, renewed, restored or replaced.

#include <tcr/admission/certificate_secret.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::admission
{

/// Requirements for the certificates that we issue.
struct certificate_policy
{
    std::vector<std::string> names;  ///< DNS names and IP addresses by which API servers call us
    std::chrono::seconds life{std::chrono::hours(24 * 365)};

    /// How long all webhook configurations must contain the authority of the next certificate before that
    /// certificate is served. Each API server receives the configurations by its own watch, with a delay.
    std::chrono::seconds settle() const { return std::min(std::chrono::seconds(30), life / 12); }
};

/// The next step with the certificate.
enum class certificate_step
{
    none,
    create,   ///< the Secret is missing, and no good content is known: create it with a new certificate
    restore,  ///< the Secret was deleted or damaged: write its last good content
    replace,  ///< no usable content: write a new certificate, although callers do not trust it yet
    stage,    ///< renewal is due, or the certificate lacks a name: write the next one beside the current one
    promote,  ///< replace the current certificate by the next
    report    ///< the Secret is not ours, and its certificate is unusable or lacks a name: only log this
};

/// The name of the step for the log.
std::string_view name_of(certificate_step step);

struct certificate_plan
{
    using time_point = std::chrono::system_clock::time_point;

    certificate_step step = certificate_step::none;
    std::string reason;                         ///< for the log; empty for `none`
    time_point recheck_at = time_point::max();  ///< plan again at this time at the latest
};

/// Decides on the next step. Pure.
///
/// `current` is the Secret now; nullopt if it does not exist. `last_good` is the Secret when it was last ours
/// and usable; nullopt if it never was. `trusted_since` is the time since which all webhook configurations
/// contain exactly the authorities in `current`; nullopt if they do not.
certificate_plan plan_certificate(
    std::optional<certificate_secret> const& current,
    std::optional<certificate_secret> const& last_good,
    certificate_policy const& policy,
    std::optional<std::chrono::system_clock::time_point> trusted_since,
    std::chrono::system_clock::time_point now
);

/// The Secret's content after `step`, which must be a step that writes the Secret.
/// \par Errors as `net::issue_certificate`.
result<certificate_secret> apply_step(
    certificate_step step,
    std::optional<certificate_secret> const& current,
    std::optional<certificate_secret> const& last_good,
    certificate_policy const& policy,
    std::chrono::system_clock::time_point now
);

}  // namespace tcr::admission
