#pragma once

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/credential_condition.hpp>
#include <tcr/controller/recent_writes.hpp>
#include <tcr/controller/served_counts.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <chrono>

namespace tcr::controller
{

/// What the status of an ImagePullSecret should say now. Pure.
///
/// A Secret is a success when it is as wanted, an account when it refers to it. Entries of the lists whose
/// namespace or account it does not want any more are left out. A condition keeps its lastTransitionTime
/// while its status stays; the stored status holds it.
image_pull_secret_status report_status(
    catalog_entry const& entry,
    served const& counts,
    recent_writes::lists const& lists,
    runtime::cluster_store const& store,
    credential_news const& news,
    std::chrono::system_clock::time_point now
);

}  // namespace tcr::controller
