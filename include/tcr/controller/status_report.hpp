#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/credential_condition.hpp>
#include <tcr/controller/outcome_log.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <chrono>
#include <map>
#include <string>

namespace tcr::controller
{

/// What the status of every CR should say now, by CR name. Pure.
///
/// Counts come from one pass over the store: a Secret is a success when it is as wanted, an account when it
/// refers to it. Entries of the lists whose namespace or account the CR does not want any more are left out.
/// A condition keeps its lastTransitionTime while its status stays; the CRs' stored statuses tell it.
std::map<std::string, image_pull_secret_status> report_status(
    catalog const& crs,
    runtime::cluster_store const& store,
    outcome_log const& outcomes,
    credential_news const& news,
    std::chrono::system_clock::time_point now
);

}  // namespace tcr::controller
