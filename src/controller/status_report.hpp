// SPDX-License-Identifier: Apache-2.0
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
/// The status omits list entries whose namespace or account no longer exists, or is no longer selected by the
/// spec. It also omits failures whose object is as desired now. A condition keeps the stored
/// lastTransitionTime while its `status` field stays the same.
image_pull_secret_status report_status(
    catalog_entry const& entry,
    served const& counts,
    recent_writes::lists const& lists,
    runtime::cluster_store const& store,
    credential_reports const& reports,
    std::chrono::system_clock::time_point now
);

}  // namespace tcr::controller
