// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides whether tools wait for an ImagePullSecret: the conditions Reconciling and Stalled.

#include "credential_condition.hpp"
#include <tcr/controller/catalog.hpp>

#include <optional>

namespace tcr::controller
{

/// The condition that reports to tools why the spec is not yet realized; nullopt if it is realized. Pure.
/// - Stalled: the operator must act. The controller retries, but tools need not wait.
/// - Reconciling: the controller is working, or waits for something that needs no action of the operator.
///
/// The status contains each of these two conditions only while the condition is True, as kstatus expects
/// (https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md). While one of the two is
/// True, kstatus reads no other condition.
/// \param report the new status so far. It must have the failures and the conditions Ready and
/// CredentialValid.
/// \return the condition without lastTransitionTime and generation
std::optional<condition> progress_condition(
    catalog_entry const& entry, image_pull_secret_status const& report, credential_reports const& reports
);

}  // namespace tcr::controller
