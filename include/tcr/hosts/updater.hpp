#pragma once

// Keeps the block of a hosts file as the configuration requires.

#include <tcr/hosts/file_events.hpp>
#include <tcr/hosts/hosts_config.hpp>
#include <tcr/hosts/hosts_file.hpp>
#include <tcr/hosts/name_lookup.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/util/backoff.hpp>
#include <tcr/util/contention_backoff.hpp>
#include <tcr/util/file_stamp.hpp>

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
    std::chrono::milliseconds quiet{100};  ///< the file must be unchanged for this long before it is repaired
    std::chrono::milliseconds lock_limit{10'000};  ///< max wait for another process's lock
    std::chrono::milliseconds check_interval{
        10'000};  ///< between two checks of the file while inotify reports no event
    std::chrono::milliseconds max_read_interval{
        300'000};  ///< max time between reads, even with the same stamp
    std::chrono::milliseconds dns_limit{
        3'000};  ///< max time of DNS queries before new entries are written; 0: no queries
    backoff_policy retry{std::chrono::milliseconds{1'000}, std::chrono::milliseconds{60'000}};
    backoff_policy contention{std::chrono::milliseconds{250}, std::chrono::milliseconds{30'000}};
};

/// Counts since the start, and the current state.
struct updater_statistics
{
    std::size_t applied = 0;     ///< entries in the block
    std::size_t disabled = 0;    ///< of the configuration
    std::size_t refused = 0;     ///< of the configuration
    std::size_t overriding = 0;  ///< the file's own lines that override ours
    std::uint64_t writes = 0;
    std::uint64_t repairs = 0;      ///< writes that undid another program's change to the block
    std::uint64_t failures = 0;     ///< attempts that failed
    std::uint64_t bad_configs = 0;  ///< configurations refused as a whole
    std::optional<std::chrono::system_clock::time_point> last_success;  ///< the file was as desired
    bool is_in_place = false;                                           ///< the last write could not rename
};

/// Keeps the block of a hosts file as the configuration requires.
class updater
{
public:
    /// \par Lifetimes `log` must outlive it.
    updater(asio::any_io_executor executor, updater_options options, logger& log);

    /// Sets the newest configuration. An error is logged, and the last valid configuration stays in use.
    void set_config(result<hosts_config> config);

    /// Applies the configuration, repairs changes by other programs and retries failures, until cancelled.
    /// Does not touch the file before the first valid configuration.
    /// \par Errors throws `system_error` ESTALE if only a new mount can help, see `hosts_file::apply`.
    /// \par Cancellation terminal.
    task<void> run();

    /// Applies the configuration once. \par Errors as `hosts_file::apply`, and ENODATA without a valid
    /// configuration. \par Cancellation terminal, by exception.
    task<result<void>> apply();

    updater_statistics const& statistics() const { return statistics_; }

    /// Why the file is not as desired; empty if it is.
    std::string problem() const;

    /// Whether there has been a valid configuration.
    bool has_config() const { return config_.has_value(); }

    /// Whether the newest configuration is valid without a refused entry.
    bool is_config_clean() const { return config_problem_.empty() && statistics_.refused == 0; }

    /// See `name_lookup::is_query_in_flight`.
    bool is_query_in_flight() const { return names_.is_query_in_flight(); }

private:
    using time_point = std::chrono::steady_clock::time_point;

    task<runtime::next_reconcile> reconcile();
    task<result<file_update>> write(std::vector<host_entry> entries);
    task<void> look_up_names();
    void note(file_update const& update);
    void note_repair(time_point now);
    void note_failure(error const& why, time_point now);
    double random() { return std::uniform_real_distribution<>()(random_); }

    asio::any_io_executor executor_;
    updater_options options_;
    logger& log_;
    hosts_file file_;
    runtime::reconcile_loop loop_;
    file_events events_;
    name_lookup names_;

    std::optional<hosts_config> config_;
    bool is_unapplied_ = false;  ///< `config_` has not been applied yet
    std::string config_problem_;
    std::string failure_;  ///< of the last attempt
    file_stamp known_;     ///< the file's stamp when its content was as desired
    std::vector<foreign_line> overriding_;
    time_point next_try_{};
    time_point next_read_{};
    unsigned failures_ = 0;
    contention_backoff contention_;
    updater_statistics statistics_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace tcr::hosts
