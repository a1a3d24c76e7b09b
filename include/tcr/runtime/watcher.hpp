// SPDX-License-Identifier: Apache-2.0
#pragma once

// Lists and watches one resource type for a reflector.

#include <tcr/kube/client.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/log/reported_failures.hpp>
#include <tcr/runtime/quarantine.hpp>
#include <tcr/runtime/reflector.hpp>
#include <tcr/runtime/watch_state.hpp>
#include <tcr/util/async.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <string>

namespace tcr::runtime
{

struct watcher_options
{
    std::string name;  ///< name in metrics and health checks; empty: the resource type's plural
    /// Timeout that the watcher requests for a watch, spread by ±10 %. The server ends the watch when the
    /// timeout expires.
    std::chrono::seconds watch_timeout{290};
    std::chrono::milliseconds page_timeout{60'000};      ///< max time for one page
    std::chrono::milliseconds max_list_silence{15'000};  ///< max time without data during a page

    /// The watcher lists everything again at this interval, spread by ±10 %, because an event may have been
    /// lost. Zero: never.
    std::chrono::milliseconds resync_period{3'600'000};
    backoff_policy backoff{std::chrono::milliseconds{250}, std::chrono::milliseconds{10'000}};

    /// Time from the timeout of a watch until the watcher ends the watch itself. The server should have ended
    /// the watch by then, so the connection is probably lost.
    std::chrono::milliseconds end_margin() const
    {
        return std::chrono::milliseconds(watch_timeout) / 10 + std::chrono::seconds(1);
    }

    /// Max duration of a watch: the longest timeout plus `end_margin`.
    std::chrono::milliseconds max_watch() const
    {
        return std::chrono::milliseconds(watch_timeout) * 11 / 10 + end_margin();
    }

    /// Max time without data on a watch, at most `max_watch`. 150 s allow for two missing bookmarks: the
    /// server sends a bookmark every minute (apiserver/pkg/storage/cacher/cacher.go,
    /// defaultBookmarkFrequency).
    std::chrono::milliseconds max_silence() const
    {
        return std::min<std::chrono::milliseconds>(std::chrono::seconds(150), max_watch());
    }

    /// Max time without progress of a watch while the server answers other requests. After that, the watch
    /// counts as dead. A healthy watch makes progress about once in `max_watch`, or more often.
    std::chrono::milliseconds stall_limit() const { return 2 * max_watch(); }
};

/// What a watcher has done since its start.
struct watch_statistics
{
    std::uint64_t lists = 0;     ///< complete lists
    std::uint64_t watches = 0;   ///< watch requests
    std::uint64_t events = 0;    ///< events of ended watches, including bookmarks
    std::uint64_t failures = 0;  ///< requests for a page, a probe or a watch that ended with an error

    watch_statistics& operator+=(watch_statistics const& other);
};

/// What /metrics and health checks report about a watcher, or about several watchers of one type together.
struct watch_summary
{
    std::string name;
    bool is_synced = true;
    watch_statistics statistics;
    std::size_t quarantined = 0;  ///< objects that exist but cannot be read

    // As in `watch_progress`; of several watchers, the earliest.
    std::chrono::steady_clock::time_point last_progress;
    std::chrono::steady_clock::time_point last_contact;

    /// Adds another watcher. The name stays.
    watch_summary& operator+=(watch_summary const& other);
};

/// Lists and watches one resource type until cancelled, and feeds a reflector.
class watcher
{
public:
    /// All referenced objects must outlive the watcher. The watcher adds each object that it cannot read
    /// to the quarantine, with `name()` as the resource. It calls `on_synced` after each complete list.
    watcher(
        kube::client& client,
        kube::resource type,
        kube::selection which,
        reflector& target,
        quarantine& unreadable,
        watcher_options options,
        logger& log,
        std::function<void()> on_synced
    );

    /// Runs until cancelled. Retries every failure. Logs a failure once, and its repetitions only at level
    /// debug. \par Cancellation terminal.
    task<void> run();

    /// Whether a complete list has been received since the start.
    bool is_synced() const { return statistics_.lists > 0; }

    watch_summary summary() const;

    /// Calls `listener` each time that the API server refuses a list or watch with 403.
    void on_forbidden(std::function<void()> listener) { on_forbidden_ = std::move(listener); }

    /// Changes the resync period, which counts from the last complete list. The current watch is not
    /// interrupted: a new list begins only after the watch has ended.
    void set_resync_period(std::chrono::milliseconds period);

    std::string const& name() const { return options_.name.empty() ? type_.plural : options_.name; }

private:
    task<result<void>> fetch_page(
        kube::list_decoder& page, std::uint32_t limit, std::string const& continue_token
    );
    task<void> list_page();
    task<void> probe();
    task<void> watch();
    void note_failure(error const& failure, bool is_error_event = false);
    void report_failure(std::chrono::milliseconds retry_in);
    void plan_resync();
    double random() { return std::uniform_real_distribution<>()(random_); }

    kube::client& client_;
    kube::resource type_;
    kube::selection which_;
    quarantine& unreadable_;
    watcher_options options_;
    logger& log_;
    std::function<void()> on_synced_;
    std::function<void()> on_forbidden_ = [] {};
    watch_state state_;
    watch_progress progress_;
    std::uint64_t list_history_ = 0;  ///< the server's history when the current list began
    std::uint64_t history_ = 0;       ///< the server's history when the last complete list began
    quarantining_reader reader_;
    kube::list_decoder list_;
    kube::watch_decoder events_;
    std::minstd_rand random_{std::random_device{}()};
    error failure_;  ///< failure of the current step, until it is logged
    reported_failures reported_;
    watch_statistics statistics_;
    std::chrono::steady_clock::time_point listed_at_;
    std::chrono::steady_clock::time_point next_resync_ = std::chrono::steady_clock::time_point::max();
};

}  // namespace tcr::runtime
