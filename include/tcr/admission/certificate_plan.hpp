#pragma once

#include <tcr/admission/certificate_secret.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::admission
{

/// What a certificate of ours is to be.
struct certificate_policy
{
    std::vector<std::string> names;  ///< DNS names and IP addresses under which the webhooks are called
    std::chrono::seconds life{std::chrono::hours(24 * 365)};

    /// From the moment all webhook configurations name the next authority until it may be used: each API
    /// server learns of a configuration by a watch of its own.
    std::chrono::seconds settle() const { return std::min(std::chrono::seconds(30), life / 12); }
};

/// What to do about the certificate.
enum class certificate_step
{
    none,
    create,   ///< there is no Secret: make it, with a new certificate
    restore,  ///< somebody deleted or damaged it: write what it held
    replace,  ///< nothing in it is of use: a new certificate at once, though callers do not know it yet
    stage,    ///< two thirds of its life are over, or it lacks a name: write the next one beside it
    promote,  ///< the next one takes its place
    report    ///< useless, and somebody else's
};

/// The step as a word for the log.
std::string_view name_of(certificate_step step);

struct certificate_plan
{
    using time_point = std::chrono::system_clock::time_point;

    certificate_step step = certificate_step::none;
    std::string why;                       ///< a sentence for the log; empty for `none`
    time_point again = time_point::max();  ///< when to plan again at the latest
};

/// Decides. Pure.
///
/// `present` is the Secret as it is, `last_good` what it held when it was last ours and of use;
/// `trusted_since` is when all webhook configurations had come to name exactly the authorities in `present`,
/// or none.
certificate_plan plan_certificate(
    std::optional<certificate_secret> const& present,
    std::optional<certificate_secret> const& last_good,
    certificate_policy const& policy,
    std::optional<std::chrono::system_clock::time_point> trusted_since,
    std::chrono::system_clock::time_point now
);

/// The Secret's content after a step that writes. \par Errors those of making a certificate.
result<certificate_secret> carry_out(
    certificate_step step,
    std::optional<certificate_secret> const& present,
    std::optional<certificate_secret> const& last_good,
    certificate_policy const& policy,
    std::chrono::system_clock::time_point now
);

}  // namespace tcr::admission
