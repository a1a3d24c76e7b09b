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
    std::vector<std::string> names;  ///< DNS names and IP addresses under which the webhooks are called
    std::chrono::seconds life{std::chrono::hours(24 * 365)};

    /// Time from when all webhook configurations name the next authority until its certificate may be served:
    /// each API server learns of a configuration through its own watch.
    std::chrono::seconds settle() const { return std::min(std::chrono::seconds(30), life / 12); }
};

/// The next step with the certificate.
enum class certificate_step
{
    none,
    create,   ///< the Secret is missing: create it with a new certificate
    restore,  ///< another client deleted or damaged it: write the last good content
    replace,  ///< nothing in it is usable: serve a new one at once, although callers do not trust it yet
    stage,    ///< two thirds of its life are over, or it lacks a name: write the next one beside it
    promote,  ///< replace the current one by the next one
    report    ///< not ours, and unusable or without a required name: log only
};

/// The step as a word for the log.
std::string_view name_of(certificate_step step);

struct certificate_plan
{
    using time_point = std::chrono::system_clock::time_point;

    certificate_step step = certificate_step::none;
    std::string reason;                         ///< for the log; empty for `none`
    time_point recheck_at = time_point::max();  ///< latest time of the next planning
};

/// Decides on the next step. Pure.
///
/// `current` is the Secret as it is, `last_good` its content when it was last ours and usable. Since
/// `trusted_since`, all webhook configurations have named exactly the authorities in `current`; none if they
/// do not name them.
certificate_plan plan_certificate(
    std::optional<certificate_secret> const& current,
    std::optional<certificate_secret> const& last_good,
    certificate_policy const& policy,
    std::optional<std::chrono::system_clock::time_point> trusted_since,
    std::chrono::system_clock::time_point now
);

/// The Secret's content after a step that writes it. \par Errors those of issuing a certificate.
result<certificate_secret> apply_step(
    certificate_step step,
    std::optional<certificate_secret> const& current,
    std::optional<certificate_secret> const& last_good,
    certificate_policy const& policy,
    std::chrono::system_clock::time_point now
);

}  // namespace tcr::admission
