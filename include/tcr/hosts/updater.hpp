// SPDX-License-Identifier: Apache-2.0
#pragma once

// Keeps the entries in the block of a hosts file equal to those of the configuration.

#include <tcr/hosts/file_events.hpp>
#include <tcr/hosts/hosts_config.hpp>
#include <tcr/hosts/hosts_file.hpp>
#include <tcr/hosts/update_state.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/reconcile_loop.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace tcr::hosts
{

struct updater_options
{
    hosts_file_options file;

    /// Max total time of the DNS queries before a new configuration is written. 0: no queries.
    std::chrono::milliseconds dns_timeout{3'000};
};

/// Counters since the start, and the current state.
struct updater_statistics
{
    std::size_t applied = 0;     ///< entries in the block
    std::size_t disabled = 0;    ///< disabled entries of the configuration
    std::size_t refused = 0;     ///< refused entries of the configuration
    std::size_t overriding = 0;  ///< number of `overriding_lines`
    std::uint64_t writes = 0;
    std::uint64_t repairs = 0;      ///< writes that undid another program's change to the block
    std::uint64_t failures = 0;     ///< failed attempts to apply the configuration
    std::uint64_t bad_configs = 0;  ///< configurations refused as a whole
    std::optional<std::chrono::system_clock::time_point> last_success;  ///< when an attempt last succeeded
    bool is_in_place = false;                                           ///< the last write was in place
};

/// Keeps the entries in the block of a hosts file equal to those of the configuration.
class updater
{
public:
    /// \par Lifetimes `log` must outlive the updater.
    updater(asio::any_io_executor executor, updater_options options, logger& log);

    /// Sets the newest configuration. If `config` is an error, logs it and keeps the last valid
    /// configuration.
    void set_config(result<hosts_config> config);

    /// Applies the configuration, repairs changes by other programs and retries failures, until cancelled.
    /// Does not change the file before the first valid configuration.
    /// \par Errors throws `system_error` ESTALE if only a new container can help, see `hosts_file::apply`.
    /// \par Cancellation terminal.
    task<void> run();

    /// Applies the configuration once.
    /// \par Errors as `hosts_file::apply`; ENODATA if there is no valid configuration.
    /// \par Cancellation terminal, by exception.
    task<result<void>> apply();

    updater_statistics const& statistics() const { return statistics_; }

    /// Why the configuration is not in the file: the last attempt failed, there is no valid configuration, or
    /// no attempt to write it has begun. Otherwise empty.
    std::string problem() const;

    /// Whether a valid configuration was set.
    bool has_config() const { return config_.has_value(); }

    /// Whether the newest configuration is valid and has no refused entry.
    bool is_config_clean() const { return config_problem_.empty() && statistics_.refused == 0; }

private:
    task<runtime::next_reconcile> reconcile();
    task<result<file_update>> write(std::vector<host_entry> entries);
    task<void> look_up_names(std::vector<host_entry> entries);
    void note(file_update const& update);

    asio::any_io_executor executor_;
    updater_options options_;
    logger& log_;
    hosts_file file_;
    runtime::reconcile_loop loop_;
    file_events events_;

    std::optional<hosts_config> config_;
    update_state state_;
    std::string config_problem_;
    std::string failure_;  ///< why the last attempt failed
    std::vector<foreign_line> overriding_;
    updater_statistics statistics_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace tcr::hosts
