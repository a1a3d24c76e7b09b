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

/// A request as the proxy saw it.
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
    int status = 0;  ///< what the client was answered; 0: nothing

    bool is_write() const { return method != "GET"; }
};

/// The parts of a request line.
seen_request describe_request(std::string method, std::string target);

using request_filter = std::function<bool(seen_request const&)>;

// Filters for the most usual questions.
bool any_request(seen_request const& request);
bool is_watch(seen_request const& request);
bool is_no_watch(seen_request const& request);

/// A write that is neither a lease's nor an Event's.
bool is_plain_write(seen_request const& request);

/// What can be done to a request, its connection or its answer.
struct fault
{
    enum class kind
    {
        answer,         ///< an answer of ours; the server hears nothing of the request
        reset_before,   ///< the connection is reset; the server hears nothing of the request
        reset_after,    ///< the server has done it and answered; the answer is lost in a reset
        reset_midway,   ///< the first half of the answer, then a reset
        swallow,        ///< the request is accepted and never answered; the server hears nothing of it
        mute,           ///< a watch: begins well and then is silent, whatever the server sends
        slow,           ///< the answer comes in drops
        garbage,        ///< bytes that are no HTTP, instead of or within the answer
        garbage_line,   ///< a watch: a line that is no JSON
        oversize_line,  ///< a watch: a line without end
    };

    kind what;
    int status = 0;                       ///< of `answer`
    std::chrono::seconds retry_after{0};  ///< of `answer`; 0: no such header
    std::string body = {};                ///< of `answer`; empty: a Kubernetes Status
    std::size_t bytes_per_second = 1;     ///< of `slow`
    std::size_t length = 16 << 20;        ///< of `oversize_line`, bytes

    /// What it is counted as: "429", "answer lost".
    std::string name() const;

    static fault answer(int status, std::chrono::seconds retry_after = {}, std::string body = {});
    static fault slow(std::size_t bytes_per_second = 1);
    static fault of(kind what) { return {.what = what}; }
};

/// Which requests get a fault.
struct fault_rule
{
    fault what;
    request_filter which = any_request;
    std::size_t every = 1;                                       ///< of those, each n-th
    double chance = 1;                                           ///< of those, so many by lot
    std::size_t most = std::numeric_limits<std::size_t>::max();  ///< and no more than so many
};

/// An event of a watch, as a line of JSON.
struct seen_event
{
    seen_request const& watch;
    std::string_view type;  ///< ADDED, MODIFIED, DELETED, BOOKMARK, ERROR
    std::string_view line;
};

using event_filter = std::function<bool(seen_event const&)>;

/// Neither a bookmark nor an error, and not of a lease.
bool is_plain_event(seen_event const& event);

/// Decides what goes wrong, and counts it. No I/O, one thread.
class fault_plan
{
public:
    /// The lots drawn for `fault_rule::chance`.
    explicit fault_plan(unsigned seed) : lots_(seed) {}

    void add(fault_rule rule);
    void clear_rules() { rules_.clear(); }

    /// What happens to a request; counts it. The first rule that applies, applies.
    std::optional<fault> for_request(seen_request const& request);

    /// Loses the `which_one`-th event (from 1) that `which` accepts, counted over all watches from now on.
    void lose_event(std::size_t which_one, event_filter which);

    /// Whether this event is the one; counts it.
    bool loses(seen_event const& event);

    /// Calls `act` once, when the `which_one`-th write (from 1) that `which` accepts, counted from now on, was
    /// answered and before its answer goes on.
    void after_write(std::size_t which_one, request_filter which, std::function<void()> act);

    /// A write was answered. Calls what is to be called.
    void on_answer(seen_request const& request);

    std::size_t events() const { return events_; }
    std::size_t writes() const { return writes_; }

    /// The event that was lost; empty as long as none was.
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
