// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::test
{

/// A request as the proxy received it.
struct seen_request
{
    std::chrono::system_clock::time_point when;
    std::string method;
    std::string target;  ///< path and query
    std::string resource;
    std::string ns;
    std::string name;
    std::string subresource;
    bool is_watch = false;
    int status = 0;  ///< the status that the client received; 0: no answer

    /// Reviews of the account's own rights are created, but they store nothing.
    bool is_write() const { return method != "GET" && !resource.starts_with("selfsubject"); }
};

/// Parses the method and the target of a request line.
seen_request describe_request(std::string method, std::string target);

using request_filter = std::function<bool(seen_request const&)>;

// Common filters.
bool any_request(seen_request const& request);
bool is_watch(seen_request const& request);
bool is_no_watch(seen_request const& request);

/// Whether the request writes an object that is neither a lease nor an Event.
bool is_plain_write(seen_request const& request);

/// What the proxy does to a request, its connection or its answer.
struct fault
{
    enum class kind
    {
        answer,         ///< the proxy answers; the server does not receive the request
        reset_before,   ///< the connection is reset; the server does not receive the request
        reset_after,    ///< the server executes the request; the client receives a reset, not the answer
        reset_midway,   ///< the client receives the first half of the answer, then a reset
        swallow,        ///< the request is accepted and never answered; the server does not receive it
        mute,           ///< a watch: starts normally and then stays silent, whatever the server sends
        slow,           ///< the client receives the answer in single bytes, `bytes_per_second`
        garbage,        ///< the client receives bytes that are not HTTP, instead of the answer or within it
        garbage_line,   ///< a watch: the client receives a line that is not JSON
        oversize_line,  ///< a watch: the client receives `length` bytes without a line end
    };

    kind what;
    int status = 0;                       ///< for `answer`
    std::chrono::seconds retry_after{0};  ///< for `answer`; 0: no Retry-After header
    std::string body = {};                ///< for `answer`; empty: a Kubernetes Status
    std::size_t bytes_per_second = 1;     ///< for `slow`
    std::size_t length = 16 << 20;        ///< for `oversize_line`, in bytes

    /// The name of the fault in the counters, such as "429" or "answer lost".
    std::string name() const;

    static fault answer(int status, std::chrono::seconds retry_after = {}, std::string body = {});
    static fault slow(std::size_t bytes_per_second = 1);
    static fault of(kind what) { return {.what = what}; }
};

/// Selects the requests that a fault applies to.
struct fault_rule
{
    fault what;
    request_filter which = any_request;
    std::size_t every = 1;  ///< the fault applies to every n-th request that matches
    double chance = 1;      ///< probability (0 to 1) that the fault applies to such a request
    std::size_t max_count = std::numeric_limits<std::size_t>::max();  ///< limit of faults from this rule
};

/// An event of a watch: one line of JSON.
struct seen_event
{
    seen_request const& watch;
    std::string_view type;  ///< ADDED, MODIFIED, DELETED, BOOKMARK, ERROR
    std::string_view line;
};

using event_filter = std::function<bool(seen_event const&)>;

/// Whether the event reports a change of an object other than a lease.
bool is_plain_event(seen_event const& event);

/// Decides which faults are injected, and counts them. No I/O. Not thread-safe.
class fault_plan
{
public:
    /// `seed` starts the random numbers for `fault_rule::chance`.
    explicit fault_plan(unsigned seed) : lots_(seed) {}

    void add(fault_rule rule);
    void clear_rules() { rules_.clear(); }

    /// Counts the request. \return the fault of the first rule that applies; nullopt: no fault
    std::optional<fault> for_request(seen_request const& request);

    /// Drops the `which_one`-th event (from 1) that `which` accepts. Counts the events of all watches from
    /// now on.
    void lose_event(std::size_t which_one, event_filter which);

    /// Counts the event. \return whether the proxy must drop the event
    bool loses(seen_event const& event);

    /// Calls `act` once: after the server has answered the `which_one`-th write that `which` accepts, and
    /// before the proxy forwards the answer. Writes are counted from 1, starting now.
    void after_write(std::size_t which_one, request_filter which, std::function<void()> act);

    /// Counts an answered request. Calls the action of `after_write` if this request is the selected write.
    void on_answer(seen_request const& request);

    std::size_t events() const { return events_; }
    std::size_t writes() const { return writes_; }

    /// The dropped event; empty if none was dropped.
    std::string const& lost_event() const { return lost_event_; }

    void count(std::string const& kind, std::size_t times = 1) { injected_[kind] += times; }
    std::map<std::string, std::size_t> const& injected() const { return injected_; }

private:
    struct armed_rule
    {
        fault_rule rule;
        std::size_t matched = 0;
        std::size_t applied = 0;
    };

    std::mt19937 lots_;
    std::vector<armed_rule> rules_;
    event_filter counted_events_ = is_plain_event;
    request_filter counted_writes_ = is_plain_write;
    std::size_t events_ = 0;
    std::size_t writes_ = 0;
    std::size_t event_to_lose_ = 0;
    std::size_t write_to_act_on_ = 0;
    std::function<void()> act_;
    std::string lost_event_;
    std::map<std::string, std::size_t> injected_;
};

}  // namespace tcr::test
