// SPDX-License-Identifier: Apache-2.0
#pragma once

// Computes the condition CredentialValid.

#include <tcr/controller/catalog.hpp>
#include <tcr/credentials/credential_checker.hpp>
#include <tcr/credentials/token_schedule.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace tcr::controller
{

/// Reports of the token refresher and the credential checker about credentials.
struct credential_reports
{
    std::map<credentials::token_reference, credentials::token_problem> const* token_problems = nullptr;

    /// By name of the ImagePullSecret; null if credentials are not checked.
    std::map<std::string, credentials::login_check_results> const* check_results = nullptr;

    /// The problem of the ImagePullSecret's token; null if there is none.
    credentials::token_problem const* token_problem_of(catalog_entry const& entry) const;

    /// The result for the ImagePullSecret's current credential; nullopt if it was not checked yet.
    std::optional<credentials::check_result> check_result_of(catalog_entry const& entry) const;
};

/// The condition CredentialValid without lastTransitionTime and generation. Pure. The first line that applies
/// decides the status of the condition:
/// - False: there is no credential, the credential has expired, or the registry rejected it.
/// - True: the token cannot be refreshed, but does not expire soon.
/// - Unknown: the token expires soon or is missing, and a new token cannot be made.
/// - Unknown: the source fails while the previous credential is used.
/// - True: the registry accepted the credential, or the credential is a token of TCR.
/// - Unknown: the credential was not checked, or the check had no result.
condition credential_condition(
    catalog_entry const& entry, credential_reports const& reports, std::chrono::system_clock::time_point now
);

}  // namespace tcr::controller
