// SPDX-License-Identifier: Apache-2.0
#pragma once

// Creates, updates and removes ImagePullSecrets, so that they match a list of TCR instances.

#include <tcr/controller/catalog.hpp>
#include <tcr/credentials/instance_directory.hpp>
#include <tcr/instances/instance.hpp>
#include <tcr/instances/removal_state.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/log/reported_failures.hpp>
#include <tcr/runtime/event_recorder.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/settle_state.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::instances
{

struct instance_action;

/// Creates, updates and removes the ImagePullSecrets of the configured instances. Runs only on the leader.
///
/// Reads a changed file once it has not changed for 2 s, usually within 12 s of the change. While the file
/// is unreadable, invalid or still changing, the last valid list stays in use, and no object is removed.
/// Removals wait for `removal_delay` if they affect more than one object and more than half of the objects
/// that were made from the list; see `removal_state`.
class instance_controller
{
public:
    /// The referenced objects must outlive the controller.
    struct dependencies
    {
        runtime::fenced_client& writes;
        credentials::instance_directory& directory;
        controller::catalog const& present;
        runtime::event_recorder& events;
    };

    /// \par Lifetimes `log` must outlive the controller.
    instance_controller(
        asio::any_io_executor executor,
        dependencies with,
        std::filesystem::path file,
        std::chrono::milliseconds removal_delay,
        logger& log
    );

    /// Starts a reconciliation. The caller calls it when an ImagePullSecret has changed.
    void trigger() { loop_.trigger(); }

    /// Sets the delay of removals, also of the pending ones. 0: no delay.
    void set_removal_delay(std::chrono::milliseconds delay)
    {
        removals_.set_delay(delay);
        trigger();
    }

    /// Number of removals that are announced but not done.
    std::size_t pending_removals() const { return removals_.pending(); }

    /// Applies the list until cancelled. \par Cancellation terminal.
    task<void> run() { return loop_.run(); }

private:
    task<runtime::next_reconcile> reconcile();
    void read_file();
    task<bool> apply_list();
    void announce(removal_decision const& decision, managed_objects const& managed);
    task<bool> write(instance_action step);
    void report(std::string const& about, std::string_view text, error const& cause);

    dependencies with_;
    settled_file file_;
    logger& log_;
    runtime::reconcile_loop loop_;
    std::optional<instance_list> configured_;  ///< nullopt until a valid file was read
    bool is_current_ = false;                  ///< whether `configured_` is the file's content
    std::chrono::steady_clock::time_point next_check_{};
    removal_state removals_;
    reported_failures reported_;
};

}  // namespace tcr::instances
