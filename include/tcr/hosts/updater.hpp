#pragma once

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
    std::chrono::milliseconds quiet{100};  ///< so long nobody has written the file before it is repaired
    std::chrono::milliseconds lock_limit{10'000};  ///< how long another process may hold the lock
    std::chrono::milliseconds look_period{
        10'000};  ///< between two looks at the file without a word of the kernel's
    std::chrono::milliseconds reading_period{300'000};  ///< it is read so often, whatever its time stamp says
    std::chrono::milliseconds name_limit{
        3'000};  ///< for asking DNS before new entries are written; 0: it is not asked
    backoff_policy retry{std::chrono::milliseconds{1'000}, std::chrono::milliseconds{60'000}};
    backoff_policy contention{std::chrono::milliseconds{250}, std::chrono::milliseconds{30'000}};
};

/// What was done since the start, and how things are.
struct updater_statistics
{
    std::size_t applied = 0;   ///< entries in the block
    std::size_t disabled = 0;  ///< of the configuration
    std::size_t refused = 0;   ///< of the configuration
    std::size_t stronger = 0;  ///< lines of the file's own that win over ours
    std::uint64_t writes = 0;
    std::uint64_t repairs = 0;      ///< writes that undid what somebody else had done to the block
    std::uint64_t failures = 0;     ///< attempts that failed
    std::uint64_t bad_configs = 0;  ///< configurations that could not be used as a whole
    std::optional<std::chrono::system_clock::time_point> last_success;  ///< the file was as it should be
    bool is_in_place = false;                                           ///< the last write could not rename
};

/// Keeps the block of a hosts file as its configuration wants it.
class updater
{
public:
    /// \par Lifetimes `log` must outlive it.
    updater(asio::any_io_executor executor, updater_options options, logger& log);

    /// The newest word of the configuration. One that cannot be used is logged, and the last good one stays.
    void want(result<hosts_config> wish);

    /// Applies what is wanted, repairs what others do to it, retries what fails, until cancelled. Before
    /// something is wanted it touches nothing.
    /// \par Errors throws `system_error` ESTALE where only a new mount can help, see `hosts_file::apply`.
    /// \par Cancellation terminal.
    task<void> run();

    /// Applies what is wanted, once. \par Errors as `hosts_file::apply`. \par Cancellation terminal, by
    /// exception.
    task<result<void>> apply();

    updater_statistics const& statistics() const { return statistics_; }

    /// Why the file is not as it should be; empty: it is.
    std::string problem() const;

    /// Whether any configuration could be used so far.
    bool has_wish() const { return wish_.has_value(); }

    /// Whether the configuration's newest word was understood wholly.
    bool is_config_clean() const { return config_problem_.empty() && statistics_.refused == 0; }

    /// See `name_lookup`.
    bool is_asking() const { return names_.is_asking(); }

private:
    using time_point = std::chrono::steady_clock::time_point;

    task<runtime::next_reconcile> reconcile();
    task<result<file_update>> write(std::vector<host_entry> entries);
    task<void> look_names_up();
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

    std::optional<hosts_config> wish_;
    bool is_new_ = false;  ///< the wish has not been applied yet
    std::string config_problem_;
    std::string failure_;  ///< of the last attempt
    file_stamp known_;     ///< of the file when it was last seen to be right
    std::vector<foreign_line> stronger_;
    time_point next_try_{};
    time_point next_reading_{};
    unsigned failures_ = 0;
    contention_backoff contention_;
    updater_statistics statistics_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace tcr::hosts
