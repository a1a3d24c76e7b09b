// SPDX-License-Identifier: Apache-2.0
#pragma once

// The decisions of a watcher, without I/O: what it does next, and whether it makes progress.

#include <tcr/util/backoff.hpp>
#include <tcr/util/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace tcr::runtime
{

/// Cap of a Retry-After. A longer Retry-After may come from a proxy between us and the API server. During a
/// longer wait, our view of the cluster would be outdated.
inline constexpr std::chrono::milliseconds max_asked_wait{60'000};

/// After this many failures in a row of the same page, the list restarts from its first page.
inline constexpr unsigned max_page_refusals = 3;

/// Min duration of a healthy watch. A watch that reaches the timeout that we requested is also healthy. Any
/// other watch counts as a failure even without an error, because a server that closes each watch at once
/// would cause a hot loop.
inline constexpr std::chrono::milliseconds min_healthy_watch{5'000};

/// Returns `around` ±10 %, chosen by `random` in [0, 1).
std::chrono::steady_clock::duration with_jitter(std::chrono::steady_clock::duration around, double random);

/// The timeout to request for a watch: `timeout` ±10 %, but at most until the next resync, and at least 1 s.
/// `random` in [0, 1) chooses the deviation, so that watches that end together do not end together again.
std::chrono::seconds watch_length(
    std::chrono::milliseconds timeout, std::chrono::steady_clock::duration until_resync, double random
);

/// Decides what a watcher does next.
///
/// A watcher starts with a list, page by page. Then it watches from the list's version, and resumes each
/// watch from the newest version seen.
///
/// "Gone" (410) and a refused continue token restart the list. Any other failure is retried, each time after
/// a longer delay. A page after the first is retried only a few times; then the list restarts. The delay also
/// grows with each restart of the list, until a watch is healthy.
///
/// After a watch ends with an error other than 410, a cheap list (the probe) checks whether the server still
/// has the same history. If etcd was restored from a backup, its versions are lower than before. Without the
/// probe, a watch could begin at a version that the server has not reached yet, and would stay silent.
///
/// If the selection has at most one object, the watcher lists again instead of probing. Such a list costs no
/// more than a probe. Unlike a probe, the list also brings the right state if the version of the restored
/// server is already higher than the newest version that we saw.
class watch_state
{
public:
    enum class step
    {
        list,   ///< fetch the page of `continue_token()`
        probe,  ///< list only one object, to learn the server's current version
        watch   ///< watch from `resource_version()`
    };

    /// `selects_one_object`: the list has at most one object.
    explicit watch_state(backoff_policy backoff, bool selects_one_object = false)
        : backoff_(backoff), selects_one_object_(selects_one_object)
    {
    }

    step next() const { return step_; }
    std::string const& continue_token() const { return continue_token_; }
    std::uint64_t resource_version() const { return resource_version_; }

    /// Whether the next page is the first page of a new or restarted list.
    bool is_at_first_page() const { return continue_token_.empty(); }

    /// Whether a failure restarted the list, and no healthy watch has followed.
    bool is_list_repeated() const { return restarts_ > 0; }

    /// How long to wait before the next step: the longer of the last Retry-After and a backoff, which grows
    /// with the number of failures in a row. A received page and a healthy watch reset this number. A
    /// successful probe does not, so the watch after the probe is delayed, too. `random` in [0, 1) spreads
    /// the backoff.
    std::chrono::milliseconds delay(double random) const
    {
        return std::max(backoff_.delay(failures_, random), asked_wait_);
    }

    enum class page_end
    {
        more,      ///< another page follows
        complete,  ///< the list is complete
        rewound    ///< the server's data was restored from a backup: list everything again
    };

    /// A page was received completely.
    page_end page_listed(std::uint64_t resource_version, std::string const& continue_token);

    /// A page failed. The list restarts in two cases: the server no longer accepts the continue token (400,
    /// 410, 422, 500), or the page failed `max_page_refusals` times in a row. Otherwise the same page is
    /// requested again.
    void list_failed(error const& why);

    /// The probe's answer. A version older than one that we saw means that the server's data was restored:
    /// list everything again.
    void probed(std::uint64_t resource_version);
    void probe_failed(error const& why) { failed(why); }

    /// Call this before each step. Begins a new list in two cases, although no request failed: a resync is
    /// due (an event may have been lost), or the server's history is no longer that of the last complete
    /// list.
    void list_again_if(bool is_resync_due, bool is_other_history);

    /// How a watch ended.
    struct watch_end
    {
        error why;                           ///< without a code: the server closed the watch regularly
        std::uint64_t resource_version = 0;  ///< newest version seen
        bool saw_restore = false;            ///< see `kube::watch_decoder::saw_restore`
        std::chrono::milliseconds lasted{0};
        std::chrono::milliseconds timeout{0};  ///< the timeout that we requested

        /// Whether the watch ended without an error, and not earlier than 1 s before its timeout.
        bool reached_timeout() const { return !why.code && lasted + std::chrono::seconds(1) >= timeout; }
    };
    void watch_ended(watch_end const& end);

private:
    void list_again();
    void failed(error const& why);

    backoff_policy backoff_;
    bool selects_one_object_;
    step step_ = step::list;
    std::string continue_token_;
    std::uint64_t resource_version_ = 0;  ///< version of the current list or of the last event
    std::uint64_t newest_seen_ = 0;
    bool new_history_ = false;    ///< a restore was seen, and `rewound` is not yet returned
    unsigned failures_ = 0;       ///< failures in a row; a page or a healthy watch resets it
    unsigned page_failures_ = 0;  ///< failures of the current page in a row
    unsigned restarts_ = 0;       ///< restarts of the list after a failure, since the last healthy watch
    std::chrono::milliseconds asked_wait_{0};  ///< Retry-After of the last answer, at most `max_asked_wait`
};

/// Records when a watcher last made progress, for the health check. Pure: the caller passes the time.
///
/// A retry is no progress by itself, so a watcher whose stream stays faulty makes none, although the server
/// answers. Examples: the server repeats a broken event; the watch delivers an ERROR event; each new list has
/// a version that the server no longer knows (410). A refusal by any other HTTP status is an outage of the
/// server, not a fault of this watch (see `last_contact`).
class watch_progress
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit watch_progress(time_point begin) : last_progress_(begin) {}

    /// A list is complete. This is progress if it is the first list, or if a watch made progress after the
    /// previous list.
    void listed(std::uint64_t resource_version, time_point now);

    /// A watch begins.
    void watch_begun(time_point now) { watch_begun_ = now; }

    /// An event or a bookmark arrived. This is progress if its version is newer than the last list and all
    /// events since then, or if the watch has lasted for `min_healthy_watch`.
    void event(std::uint64_t resource_version, time_point now);

    /// A watch lasted until the timeout that we requested. This is progress.
    void watch_reached_timeout(time_point now) { watch_was_healthy(now); }

    /// A list, probe or watch failed. `is_error_event`: the watch delivered an ERROR event.
    /// \return whether the content of the stream is faulty. A server that sent faulty content is reachable.
    bool failed(error const& why, bool is_error_event, time_point now);

    /// When the watcher last made progress.
    time_point last_progress() const { return last_progress_; }

    /// The later of two times: the last progress, and the last failure by an HTTP status other than 410 or by
    /// a missing credential (`kube::errc::no_credential`).
    time_point last_contact() const { return std::max(last_progress_, last_refusal_); }

private:
    void watch_was_healthy(time_point now);

    time_point last_progress_;
    time_point last_refusal_{};
    time_point watch_begun_{};
    std::uint64_t newest_ = 0;       ///< newest version of the last list and the events since then
    bool is_list_unproven_ = false;  ///< no watch has made progress since the last list
};

}  // namespace tcr::runtime
