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

/// The longest wait that a server's Retry-After is granted. A longer one may come from a proxy in between,
/// and a watch that obeyed it would show a cluster of yesterday.
inline constexpr std::chrono::milliseconds max_asked_wait{60'000};

/// A page of a list that is refused so often in a row starts the list over from its first page.
inline constexpr unsigned max_page_refusals = 3;

/// A watch that lasts so long, or as long as the server was asked to let it, has lived. One that ends sooner
/// without an error counts as a failure, too: a server that closes at once is not asked in a hot loop.
inline constexpr std::chrono::milliseconds living_watch{5'000};

/// What a watcher does next: the decisions of list and watch without any I/O.
///
/// Starts with a list, page by page, then watches from the list's version and resumes from the newest version
/// seen. "Gone" (410) starts over; everything else is retried where it stopped, later each time, and a page
/// of a list only a few times. Lists that start over come later each time, too, until a watch has lived.
/// After a lost connection a cheap list tells whether the server still has our history: a watch from a future
/// version (etcd restored from a backup) would stay silent for ever.
class watch_state
{
public:
    enum class step
    {
        list,   ///< fetch the page of `continue_token()`
        probe,  ///< list one object only, for the list's version
        watch   ///< watch from `resource_version()`
    };

    explicit watch_state(backoff_policy backoff) : backoff_(backoff) {}

    step next() const { return step_; }
    std::string const& continue_token() const { return continue_token_; }
    std::uint64_t resource_version() const { return resource_version_; }

    /// Whether the list at hand is its first page, and so begins or restarts the list.
    bool at_first_page() const { return continue_token_.empty(); }

    /// How long to wait before the next step; zero when things go well. `random` in [0, 1).
    std::chrono::milliseconds delay(double random) const
    {
        return std::max(backoff_.delay(failures_, random), asked_wait_);
    }

    enum class page_end
    {
        more,      ///< another page follows
        complete,  ///< the list is whole
        rewound    ///< the server's history is older than what we saw: everything is to be listed anew
    };

    /// A page came whole.
    page_end page_listed(std::uint64_t resource_version, std::string const& continue_token);

    /// A page failed. The list starts over where the server forgot or refuses the continue token (400, 410,
    /// 422, 500), or after `max_page_refusals` failures in a row. Else the same page is asked for again.
    void list_failed(error const& why);

    /// The probe's answer. An older version than ours means the server went back: list anew.
    void probed(std::uint64_t resource_version);
    void probe_failed(error const& why);

    /// Lists anew although nothing went wrong: an event may have been lost on its way.
    void list_again() { start_over(); }

    /// How a watch ended.
    struct watch_end
    {
        error why;                           ///< no code: the server closed it in good order
        std::uint64_t resource_version = 0;  ///< newest version seen
        std::uint64_t events = 0;            ///< events and bookmarks received
        bool went_back = false;              ///< an event older than the watch's begin
        bool as_agreed = false;              ///< it lasted as long as the server was asked to let it
        std::chrono::milliseconds lasted{0};
    };
    void watch_ended(watch_end const& end);

private:
    void start_over();
    void failed(error const& why);

    backoff_policy backoff_;
    step step_ = step::list;
    std::string continue_token_;
    std::uint64_t resource_version_ = 0;  ///< of the list at hand or the last event
    std::uint64_t newest_seen_ = 0;
    bool new_history_ = false;    ///< the server went back in time, and no list has told the caller yet
    unsigned failures_ = 0;       ///< in a row; each success ends the row
    unsigned page_failures_ = 0;  ///< in a row, of the page at hand
    unsigned restarts_ = 0;       ///< lists that started over by a fault since a watch lived
    std::chrono::milliseconds asked_wait_{0};  ///< Retry-After of the last answer
};

/// When a watcher last made progress, for the health check. Pure: the caller tells the time.
///
/// A list and a watch that fail again and again by a fault of the stream make none: a broken event that is
/// replayed, an ERROR event, lists that are gone at once. A refusal by HTTP status is not a fault of this
/// watch: an outage.
class watch_progress
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit watch_progress(time_point begin) : last_progress_(begin) {}

    /// A complete list. Progress, unless the list before it was followed by no living watch.
    void listed(std::uint64_t resource_version, time_point now);

    /// A watch begins.
    void watch_begun(time_point now) { watch_begun_ = now; }

    /// An event or a bookmark. Progress if it is newer than all before it, or the watch has lived for
    /// `living_watch`.
    void event(std::uint64_t resource_version, time_point now);

    /// A watch lasted as long as the server was asked to let it.
    void ended_as_agreed(time_point now) { watch_lived(now); }

    /// A list, probe or watch failed. `is_stream_fault`: by what the stream holds, not by a refusal of the
    /// request.
    void failed(error const& why, bool is_stream_fault, time_point now);

    /// When the server last let the watch make progress.
    time_point last_progress() const { return last_progress_; }

    /// When it last made progress or was refused by HTTP status.
    time_point last_heard() const { return std::max(last_progress_, last_refusal_); }

private:
    void watch_lived(time_point now);

    time_point last_progress_;
    time_point last_refusal_{};
    time_point watch_begun_{};
    std::uint64_t newest_ = 0;       ///< of events since the last list
    bool is_list_unproven_ = false;  ///< no living watch has followed the last list that counted
};

}  // namespace tcr::runtime
