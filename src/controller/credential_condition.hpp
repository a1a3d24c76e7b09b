#pragma once

// The condition CredentialValid.

#include <tcr/controller/catalog.hpp>
#include <tcr/credentials/credential_checker.hpp>
#include <tcr/credentials/token_schedule.hpp>

#include <chrono>
#include <map>
#include <string>

namespace tcr::controller
{

/// What the token refresher and the credential checker know about credentials.
struct credential_reports
{
    std::map<credentials::token_reference, credentials::token_trouble> const* troubles = nullptr;
    std::map<std::string, credentials::check_verdict> const* verdicts = nullptr;  ///< by ImagePullSecret

    /// Trouble of the ImagePullSecret's token; null: none.
    credentials::token_trouble const* trouble_of(catalog_entry const& entry) const;

    /// Verdict on the ImagePullSecret's current login; null: it was not checked yet.
    credentials::check_verdict const* verdict_of(catalog_entry const& entry) const;
};

/// Condition CredentialValid, without lastTransitionTime. Pure.
///
/// False: there is no credential, it has expired, or the registry rejects it. Unknown: it was never checked,
/// it expires soon, or its source fails and the last one is used. True: TCR issued it, or the registry
/// accepted it.
condition credential_condition(
    catalog_entry const& entry, credential_reports const& reports, std::chrono::system_clock::time_point now
);

}  // namespace tcr::controller
