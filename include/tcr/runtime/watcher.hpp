#pragma once

// Lists and watches one resource type for a reflector.

#include <tcr/kube/client.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/log/logger.hpp>
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
    std::string name;  ///< in metrics and health checks; empty: what the resource type is called
    std::chrono::seconds watch_timeout{290};         ///< the server ends a watch after this; spread by ±10 %
    std::chrono::milliseconds list_limit{60'000};    ///< one page
    std::chrono::milliseconds list_silence{15'000};  ///< within it: of a connection that died

    /// Everything is listed anew this often, spread by ±10 %, in case an event was lost on its way; zero:
    /// never.
    std::chrono::milliseconds resync_period{3'600'000};
    backoff_policy backoff{std::chrono::milliseconds{250}, std::chrono::milliseconds{10'000}};

    /// Past the server's own end of a watch: the connection is dead.
    std::chrono::milliseconds end_margin() const
    {
        return std::chrono::milliseconds(watch_timeout) / 10 + std::chrono::seconds(1);
    }

    /// The longest silence on a watch: bookmarks come every minute (kubernetes.io, API concepts, watch
    /// bookmarks), and a watch shorter than that ends.
    std::chrono::milliseconds longest_silence() const
    {
        return std::min<std::chrono::milliseconds>(
            std::chrono::seconds(150), std::chrono::milliseconds(watch_timeout) * 11 / 10 + end_margin()
        );
    }

    /// Without any progress for so long while the server answers, a watch counts as dead: far past the moment
    /// when a good one has ended and begun again.
    std::chrono::milliseconds stall_limit() const
    {
        return 2 * (std::chrono::milliseconds(watch_timeout) * 11 / 10 + end_margin());
    }
};

/// What a watcher has done since its start.
struct watch_statistics
{
    std::uint64_t lists = 0;     ///< complete lists
    std::uint64_t watches = 0;   ///< watch requests
    std::uint64_t events = 0;    ///< events, bookmarks included
    std::uint64_t failures = 0;  ///< lists and watches that ended by an error
};

/// Lists and watches one resource type for ever, feeding a reflector.
class watcher
{
public:
    /// All references must outlive the watcher. Objects that cannot be read are in `unreadable`, under the
    /// watcher's name. `on_synced` is called after each complete list.
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

    /// Runs until cancelled. Every failure is logged once and retried. \par Cancellation terminal.
    task<void> run();

    /// Whether a complete list has been received since the start.
    bool is_synced() const { return synced_; }

    /// When the server last let this watch make progress, as watch_progress has it.
    std::chrono::steady_clock::time_point last_progress() const { return progress_.last_progress(); }

    /// When it last made progress or was refused by HTTP status.
    std::chrono::steady_clock::time_point last_heard() const { return progress_.last_heard(); }

    /// Objects that exist and cannot be read.
    std::size_t quarantined() const { return unreadable_.size(name()); }

    watch_statistics const& statistics() const { return statistics_; }

    /// Changes how often everything is listed anew, counted from the last list. The watch that runs ends
    /// first.
    void set_resync_period(std::chrono::milliseconds period);

    std::string const& name() const { return options_.name.empty() ? type_.plural : options_.name; }

private:
    task<result<void>> fetch_page(
        kube::list_decoder& page, std::uint32_t limit, std::string const& continue_token
    );
    task<void> list_page();
    task<void> probe();
    task<void> watch();
    void report(error const& failure);
    void note_failure(error const& failure, bool is_error_event = false);
    void plan_resync();
    std::chrono::steady_clock::duration spread(std::chrono::steady_clock::duration around);

    kube::client& client_;
    kube::resource type_;
    kube::selection which_;
    reflector& target_;
    quarantine& unreadable_;
    watcher_options options_;
    logger& log_;
    std::function<void()> on_synced_;
    watch_state state_;
    watch_progress progress_;
    std::uint64_t list_history_ = 0;  ///< of the server, when the list at hand began
    std::uint64_t history_ = 0;       ///< the same of the last complete list
    quarantining_reader reader_;
    kube::list_decoder list_;
    kube::watch_decoder events_;
    std::minstd_rand random_{std::random_device{}()};
    std::string last_report_;
    watch_statistics statistics_;
    std::chrono::steady_clock::time_point listed_at_;
    std::chrono::steady_clock::time_point next_resync_ = std::chrono::steady_clock::time_point::max();
    bool synced_ = false;
};

}  // namespace tcr::runtime
