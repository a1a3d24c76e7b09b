// SPDX-License-Identifier: Apache-2.0
#pragma once

// Options of the controller, with their default values.

#include <tcr/controller/status_round_state.hpp>
#include <tcr/credentials/token_refresher.hpp>
#include <tcr/runtime/event_correlator.hpp>
#include <tcr/runtime/watcher.hpp>
#include <tcr/runtime/work_queue.hpp>

#include <chrono>
#include <cstddef>
#include <string_view>

namespace tcr::controller
{

/// Namespace of the controller in the manifests of deploy/.
inline constexpr std::string_view default_own_namespace = "tcr-assistant-system";

/// docs/operate/configuration.md explains the command-line options that set these values.
struct controller_options
{
    std::size_t max_in_flight = 16;  ///< max runs in flight; slow runs do not count (see `run_scheduler`)
    runtime::watcher_options watcher;
    runtime::work_queue::options queue;
    status_writer_options status;
    runtime::event_correlator::options events;
    credentials::token_refresher_options tokens;

    /// Time between two reviews of the controller's access to pull Secrets, while an ImagePullSecret lacks
    /// this access. `secret_access_state` adds 50 ms for each pull Secret. A review takes one or two
    /// requests. If the API server cannot list all RBAC rules of the controller's account, the review takes
    /// up to one more request for each pull Secret.
    std::chrono::milliseconds access_interval{3'000};

    /// Time between two checks of a login at its registry, see `check_result::next_check`; zero: no checks.
    std::chrono::milliseconds credential_check_interval{0};
};

}  // namespace tcr::controller
