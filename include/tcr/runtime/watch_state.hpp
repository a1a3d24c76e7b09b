#pragma once

#include <tcr/util/backoff.hpp>
#include <tcr/util/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace tcr::runtime
{

/// What a watcher does next: the decisions of list and watch without any I/O.
///
/// Starts with a list, page by page, then watches from the list's version and resumes from the newest version
/// seen. "Gone" (410) starts over; everything else is retried where it stopped, later each time. After a lost
/// connection a cheap list tells whether the server still has our history: a watch from a future version
/// (etcd restored from a backup) would stay silent for ever.
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

    /// A page failed. Gone: the list starts over. Else the same page is asked for again.
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

    backoff_policy backoff_;
    step step_ = step::list;
    std::string continue_token_;
    std::uint64_t resource_version_ = 0;  ///< of the list at hand or the last event
    std::uint64_t newest_seen_ = 0;
    bool new_history_ = false;  ///< the server went back in time, and no list has told the caller yet
    unsigned failures_ = 0;
    std::chrono::milliseconds asked_wait_{0};  ///< Retry-After of the last answer
};

}  // namespace tcr::runtime
