#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/credentials/credential_checker.hpp>
#include <tcr/credentials/token_schedule.hpp>

#include <chrono>
#include <map>
#include <string>

namespace tcr::controller
{

/// What is known of credentials beside the credentials themselves.
struct credential_news
{
    std::map<credentials::token_reference, credentials::token_trouble> const* troubles = nullptr;
    std::map<std::string, credentials::check_verdict> const* verdicts = nullptr;  ///< by CR name

    /// Of the CR's token; null: none.
    credentials::token_trouble const* trouble_of(catalog_entry const& entry) const;

    /// Of the login that the CR has now; null: nobody was asked.
    credentials::check_verdict const* verdict_of(catalog_entry const& entry) const;
};

/// Condition CredentialValid, without its time. Pure.
///
/// False: there is no credential, it has ended, or the registry refuses it. Unknown: it was never tried, the
/// last one is used because its source is gone, or it ends soon. True: TCR made it, or the registry took it.
condition credential_condition(
    catalog_entry const& entry, credential_news const& news, std::chrono::system_clock::time_point now
);

}  // namespace tcr::controller
