// SPDX-License-Identifier: Apache-2.0
#pragma once

// Follows the configuration file of the node agent.

#include <tcr/hosts/file_events.hpp>
#include <tcr/hosts/hosts_config.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/util/settle_state.hpp>

#include <chrono>
#include <filesystem>
#include <functional>

namespace tcr::hosts
{

/// Reads the configuration in `file`. \par Errors as `read_small_file` and `parse_hosts_config`.
result<hosts_config> read_hosts_config(std::filesystem::path const& file);

/// Follows a configuration file. The file may be in a ConfigMap's volume, where kubelet changes a file by
/// replacing a symbolic link.
class config_follower
{
public:
    /// Calls `on_config` at the start and after each change, once the file has not changed for `quiet`. While
    /// the file is missing or cannot be read, each check calls `on_config` with the error.
    config_follower(
        asio::any_io_executor executor,
        std::filesystem::path file,
        std::function<void(result<hosts_config>)> on_config,
        std::chrono::milliseconds quiet = std::chrono::milliseconds(2'000)
    );

    /// Runs until cancelled. \par Cancellation terminal.
    task<void> run();

private:
    task<runtime::next_reconcile> reconcile();

    asio::any_io_executor executor_;
    settled_file file_;
    std::function<void(result<hosts_config>)> on_config_;
    runtime::reconcile_loop loop_;
    file_events events_;
};

}  // namespace tcr::hosts
