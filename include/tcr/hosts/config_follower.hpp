#pragma once

// Follows the configuration file of the node agent.

#include <tcr/hosts/file_events.hpp>
#include <tcr/hosts/hosts_config.hpp>
#include <tcr/util/file_stamp.hpp>
#include <tcr/util/notifier.hpp>

#include <chrono>
#include <filesystem>
#include <functional>

namespace tcr::hosts
{

/// Returns once the file has not changed for `quiet` and is not empty, or after twenty times that: programs
/// that rewrite a file often empty it first. \par Cancellation terminal, by exception.
task<void> settled(std::filesystem::path file, std::chrono::milliseconds quiet);

/// Reads the configuration in `file`. \par Errors as `kube::read_small_file` and `parse_hosts_config`.
result<hosts_config> read_hosts_config(std::filesystem::path const& file);

/// Follows a configuration file, also in a ConfigMap's volume, where kubelet replaces a symbolic link.
class config_follower
{
public:
    /// Calls `on_config` at the start and after each change, once the file has not changed for `quiet`. A
    /// missing file is an error.
    config_follower(
        asio::any_io_executor executor,
        std::filesystem::path file,
        std::function<void(result<hosts_config>)> on_config,
        std::chrono::milliseconds quiet = std::chrono::milliseconds(2'000)
    );

    /// Runs until cancelled. \par Cancellation terminal.
    task<void> run();

private:
    task<void> follow();

    asio::any_io_executor executor_;
    std::filesystem::path file_;
    std::function<void(result<hosts_config>)> on_config_;
    std::chrono::milliseconds quiet_;
    notifier changed_;
    file_events events_;
};

}  // namespace tcr::hosts
