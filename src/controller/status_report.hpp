#pragma once

// Computes the status of an ImagePullSecret.

#include "credential_condition.hpp"
#include <tcr/controller/catalog.hpp>
#include <tcr/controller/recent_writes.hpp>
#include <tcr/controller/served_counts.hpp>
#include <tcr/runtime/cluster_store.hpp>

#include <chrono>

namespace tcr::controller
{

/// The status that an ImagePullSecret should have now. Pure.
///
/// A Secret counts as a success if it is as desired, an account if it refers to that Secret. List entries
/// whose namespace or account is no longer selected are left out. A condition keeps the lastTransitionTime of
/// the stored status while its `status` stays the same.
image_pull_secret_status report_status(
    catalog_entry const& entry,
    served const& counts,
    recent_writes::lists const& lists,
    runtime::cluster_store const& store,
    credential_reports const& reports,
    std::chrono::system_clock::time_point now
);

}  // namespace tcr::controller
