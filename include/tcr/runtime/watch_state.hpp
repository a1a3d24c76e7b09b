#pragma once

// The decisions of a watcher, without any I/O: what it does next, and whether it makes progress.

#include <tcr/util/backoff.hpp>
#include <tcr/util/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace tcr::runtime
{

/// Cap of a Retry-After. A longer one may come from a proxy in between, and the view of the cluster would be
/// outdated for that time.
inline constexpr std::chrono::milliseconds max_asked_wait{60'000};

/// After this many refusals of one page in a row, the list restarts from its first page.
inline constexpr unsigned max_page_refusals = 3;

/// A watch is healthy if it lasts this long, or as long as the server was asked to let it. One that ends
/// sooner counts as a failure even without an error: a server that closes at once must not cause a hot loop.
inline constexpr std::chrono::milliseconds min_healthy_watch{5'000};

/// `around` ±10 %, by `random` in [0, 1).
std::chrono::steady_clock::duration with_jitter(std::chrono::steady_clock::duration around, double random);

/// How long to ask the server to let a watch last: until the next resync, but at most `timeout`, spread by
/// `random` in [0, 1), so that watches that end together are not renewed together. At least 1 s.
std::chrono::seconds watch_length(
    std::chrono::milliseconds timeout, std::chrono::steady_clock::duration until_resync, double random
);

/// What a watcher does next: the decisions of list and watch.
///
/// Starts with a list, page by page, then watches from the list's version and resumes from the newest version
/// seen. "Gone" (410) restarts the list. Any other failure is retried from where it occurred, each time after
/// a longer delay, and a page only a few times. Lists that restart are delayed longer each time, too, until a
/// watch was healthy. After a lost connection a cheap list (the probe) checks whether the server still has
/// our history: a watch from a future version (etcd restored from a backup) would stay silent forever.
class watch_state
{
public:
    enum class step
    {
        list,   ///< fetch the page of `continue_token()`
        probe,  ///< list one object only, to learn the list's version
        watch   ///< watch from `resource_version()`
    };

    explicit watch_state(backoff_policy backoff) : backoff_(backoff) {}

    step next() const { return step_; }
    std::string const& continue_token() const { return continue_token_; }
    std::uint64_t resource_version() const { return resource_version_; }

    /// Whether the next page is the first one, and so begins or restarts the list.
    bool is_at_first_page() const { return continue_token_.empty(); }

    /// How long to wait before the next step; zero without failures. `random` in [0, 1).
    std::chrono::milliseconds delay(double random) const
    {
        return std::max(backoff_.delay(failures_, random), asked_wait_);
    }

    enum class page_end
    {
        more,      ///< another page follows
        complete,  ///< the list is complete
        rewound    ///< the server's history is older than what we saw: list everything again
    };

    /// A page was received completely.
    page_end page_listed(std::uint64_t resource_version, std::string const& continue_token);

    /// A page failed. The list restarts if the server no longer accepts the continue token (400, 410, 422,
    /// 500), or after `max_page_refusals` failures in a row. Otherwise the same page is requested again.
    void list_failed(error const& why);

    /// The probe's answer. An older version than ours means that the server's data was restored: list again.
    void probed(std::uint64_t resource_version);
    void probe_failed(error const& why) { failed(why); }

    /// Call before each step. Requires a new list, although no request failed, in two cases: a resync is due
    /// (an event may have been lost), or the server's history is no longer that of the last complete list.
    void list_again_if(bool is_resync_due, bool is_other_history);

    /// How a watch ended.
    struct watch_end
    {
        error why;                           ///< no code: the server closed it regularly
        std::uint64_t resource_version = 0;  ///< newest version seen
        bool saw_restore = false;            ///< an event was older than the watch's begin
        std::chrono::milliseconds lasted{0};
        std::chrono::milliseconds timeout{0};  ///< how long the server was asked to let it last

        /// Whether it lasted as long as the server was asked to let it.
        bool reached_timeout() const { return !why.code && lasted + std::chrono::seconds(1) >= timeout; }
    };
    void watch_ended(watch_end const& end);

private:
    void list_again();
    void failed(error const& why);

    backoff_policy backoff_;
    step step_ = step::list;
    std::string continue_token_;
    std::uint64_t resource_version_ = 0;  ///< of the current list or the last event
    std::uint64_t newest_seen_ = 0;
    bool new_history_ = false;    ///< older versions were seen, and `rewound` is not reported yet
    unsigned failures_ = 0;       ///< in a row; reset by success
    unsigned page_failures_ = 0;  ///< in a row, of the current page
    unsigned restarts_ = 0;       ///< lists restarted by a fault since a watch was healthy
    std::chrono::milliseconds asked_wait_{0};  ///< Retry-After of the last answer
};

/// When a watcher last made progress, for the health check. Pure: the caller passes the time.
///
/// Repeated failures by a fault of the stream do not count as progress: a broken event that is replayed, an
/// ERROR event, a list whose version is gone (410) at once. A refusal by HTTP status is not a fault of this
/// watch but an outage.
class watch_progress
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit watch_progress(time_point begin) : last_progress_(begin) {}

    /// A complete list. Progress, unless no healthy watch followed the list before it.
    void listed(std::uint64_t resource_version, time_point now);

    /// A watch begins.
    void watch_begun(time_point now) { watch_begun_ = now; }

    /// An event or a bookmark. Progress if it is newer than all before it, or the watch has lasted for
    /// `min_healthy_watch`.
    void event(std::uint64_t resource_version, time_point now);

    /// A watch lasted as long as the server was asked to let it.
    void watch_reached_timeout(time_point now) { watch_was_healthy(now); }

    /// A list, probe or watch failed; `is_error_event`: by an ERROR event of the watch. \return whether the
    /// content of the stream is at fault, so that the server is reachable.
    bool failed(error const& why, bool is_error_event, time_point now);

    /// When the server last let the watch make progress.
    time_point last_progress() const { return last_progress_; }

    /// When it last made progress or was refused by HTTP status.
    time_point last_heard() const { return std::max(last_progress_, last_refusal_); }

private:
    void watch_was_healthy(time_point now);

    time_point last_progress_;
    time_point last_refusal_{};
    time_point watch_begun_{};
    std::uint64_t newest_ = 0;       ///< newest version since the last list
    bool is_list_unproven_ = false;  ///< no healthy watch has followed the last list yet
};

}  // namespace tcr::runtime
