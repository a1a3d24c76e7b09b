// SPDX-License-Identifier: Apache-2.0
#include "credential_condition.hpp"

#include <tcr/util/strings.hpp>

namespace tcr::controller
{
namespace
{

condition credential_valid(char const* status, std::string reason, std::string message)
{
    return {"CredentialValid", status, std::move(reason), std::move(message), {}};
}

}  // namespace

credentials::token_problem const* credential_reports::token_problem_of(catalog_entry const& entry) const
{
    if (token_problems == nullptr || !entry.cr.spec.tcr)
        return nullptr;
    auto const known = token_problems->find(entry.cr.spec.tcr->reference());
    return known == token_problems->end() ? nullptr : &known->second;
}

std::optional<credentials::check_result> credential_reports::check_result_of(catalog_entry const& entry) const
{
    if (check_results == nullptr || !entry.credential)
        return std::nullopt;
    auto const known = check_results->find(entry.cr.name);
    return known == check_results->end() ? std::nullopt
                                         : combined_result(entry.credential->logins, known->second);
}

condition credential_condition(
    catalog_entry const& entry, credential_reports const& reports, std::chrono::system_clock::time_point now
)
{
    using outcome = credentials::check_result::outcome;
    auto const checked = reports.check_result_of(entry);
    auto const* problem = reports.token_problem_of(entry);
    if (!entry.credential && problem != nullptr)
        return credential_valid("False", problem->reason, problem->message);
    if (!entry.credential)
        return credential_valid("False", entry.credential_reason, entry.credential_problem);
    // The refresher reports no problem for a token that it no longer refreshes, so check the expiry here.
    if (problem == nullptr && entry.credential->expires_at && *entry.credential->expires_at <= now)
        return credential_valid(
            "False",
            "Expired",
            "the token expired at " + rfc3339(*entry.credential->expires_at) +
                (entry.credential_problem.empty() ? "" : "; " + entry.credential_problem)
        );
    if (checked && checked->what == outcome::rejected)
        return credential_valid("False", "Rejected", checked->message);
    if (problem != nullptr)
        return credential_valid(
            problem->reason == "Expired"          ? "False"
            : problem->reason == "RefreshFailing" ? "True"
                                                  : "Unknown",
            problem->reason,
            problem->message
        );
    if (!entry.credential_problem.empty())
        return credential_valid(
            "Unknown",
            entry.credential_reason,
            entry.credential_problem + "; the previous credential stays in use"
        );
    if (checked && checked->what == outcome::accepted)
        return credential_valid("True", "Accepted", checked->message);
    if (entry.credential->expires_at)
        return credential_valid(
            "True", "TokenFresh", "the token expires at " + rfc3339(*entry.credential->expires_at)
        );
    if (entry.credential->refreshed_at)
        return credential_valid("True", "TokenFresh", "the token does not expire");
    return credential_valid(
        "Unknown",
        "NotChecked",
        checked ? checked->message : "not checked at the registry; see --credential-check-interval"
    );
}

}  // namespace tcr::controller
