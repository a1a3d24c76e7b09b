#pragma once

// What the controller's work can be configured with.

#include <tcr/controller/status_writer.hpp>
#include <tcr/credentials/token_refresher.hpp>
#include <tcr/runtime/event_correlator.hpp>
#include <tcr/runtime/watcher.hpp>
#include <tcr/runtime/work_queue.hpp>

#include <chrono>
#include <cstddef>

namespace tcr::controller
{

/// docs/configuration.md explains the options of the command line that set these.
struct controller_options
{
    std::size_t max_in_flight = 16;  ///< namespaces reconciled at a time, one request each
    runtime::watcher_options watcher;
    runtime::work_queue::options queue;
    status_writer_options status;
    runtime::event_correlator::options events;
    credentials::token_refresher_options tokens;

    /// Time between two checks of a credential at its registry; zero: credentials are not checked.
    std::chrono::milliseconds credential_check_interval{0};
};

}  // namespace tcr::controller
