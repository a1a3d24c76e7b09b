// SPDX-License-Identifier: Apache-2.0
#pragma once

// The watches of pull Secrets: one watch of all Secrets with our label, or one watch for each allowed name.

#include <tcr/controller/pull_secret.hpp>
#include <tcr/controller/secret_access.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/core_reflectors.hpp>
#include <tcr/runtime/quarantine.hpp>
#include <tcr/runtime/watcher.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/notifier.hpp>
#include <tcr/util/task_group.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace tcr::controller
{

/// Watches the pull Secrets that the controller may access, and keeps the store current. When `set_access`
/// stops a watch, the Secrets of this watch stay in the store.
class secret_watches
{
public:
    struct listeners
    {
        runtime::change_listener on_stored;  ///< called for each change of the store
        std::function<void()> on_listed;     ///< a watch has received a complete list

        /// The API server refused a list or a watch with 403. May be called often.
        std::function<void()> on_forbidden;
    };

    /// \par Lifetimes all references must outlive this object.
    secret_watches(
        asio::any_io_executor executor,
        kube::client& client,
        runtime::cluster_store& store,
        runtime::quarantine& unreadable,
        runtime::watcher_options options,
        logger& log,
        listeners to_call
    );
    ~secret_watches();

    /// Watches the Secrets that `access` allows, and no others, from now on. Before the first call, there is
    /// no watch.
    void set_access(secret_access const& access);

    /// Runs all watches until cancelled. \par Cancellation terminal.
    task<void> run();

    /// Whether the store has the Secrets of this name, from a complete list of a running watch. If one watch
    /// covers all Secrets, the answer is the same for every name.
    bool has_listed(std::string_view secret) const;

    void set_resync_period(std::chrono::milliseconds period);

    /// Summary of all watches together, under the name "secrets". `is_synced` is false before `set_access`.
    runtime::watch_summary summary() const;

private:
    struct watch;

    void update();
    task<void> start_watches(task_group& parts);
    task<void> run_watch(std::string secret);

    asio::any_io_executor executor_;
    kube::client& client_;
    runtime::cluster_store& store_;
    runtime::quarantine& unreadable_;
    runtime::watcher_options options_;
    logger& log_;
    listeners listeners_;

    bool has_access_ = false;
    secret_names desired_;  ///< names to watch; an empty name stands for all Secrets with our label
    std::map<std::string, std::unique_ptr<watch>, std::less<>> watches_;  ///< by name, as in `desired_`
    runtime::watch_statistics ended_;                                     ///< sums over the stopped watches
    notifier added_;
};

}  // namespace tcr::controller
