// SPDX-License-Identifier: Apache-2.0
#pragma once

// Combines many occurrences into few Kubernetes Events. Only decides; sends no requests.
// https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/

#include <tcr/util/backoff.hpp>
#include <tcr/util/token_bucket.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tcr::runtime
{

enum class event_type : std::uint8_t
{
    normal,
    warning
};

/// The object that an Event is about.
struct object_reference
{
    std::string api_version;
    std::string kind;
    std::string name;
    std::string uid;
};

/// One request: creates an Event object, or updates the count, message and time of an existing one.
struct event_write
{
    object_reference about;
    event_type type = event_type::normal;
    std::string reason;
    std::string message;  ///< at most 1024 bytes
    std::uint64_t count = 0;
    std::chrono::system_clock::time_point first;
    std::chrono::system_clock::time_point last;
    std::string name;      ///< name of the Event object
    bool is_new = false;   ///< true: create the object; false: update it
    std::uint64_t id = 0;  ///< id of the series, for `event_correlator::done`
};

/// How a request ended.
enum class event_write_end
{
    written,
    gone,     ///< the Event object no longer exists
    refused,  ///< the server rejects this Event; a retry cannot succeed
    failed    ///< a retry may succeed
};

/// Combines many occurrences into few Events, as client-go's EventCorrelator does
/// (tools/record/events_cache.go). The occurrences with the same reason and the same object form a series. A
/// series has one Event object with a count and the latest message, written at growing intervals.
///
/// Has no clock: the caller passes the time. Bounds its memory and its requests.
class event_correlator
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    using wall_time = std::chrono::system_clock::time_point;

    struct options
    {
        std::size_t max_series = 512;  ///< at this number, a new series replaces the least recently used one
        std::chrono::milliseconds gather{1000};  ///< min wait for further occurrences before a request
        std::chrono::seconds first_update{10};   ///< min time from creating an Event to its first update
        std::chrono::seconds update{60};         ///< min time between two later updates

        /// An Event of this age is no longer updated. The default is that of the API server's --event-ttl.
        std::chrono::seconds lifetime{3600};

        double rate = 1;    ///< requests per second, for all series together
        double burst = 25;  ///< requests that may exceed `rate` at once
        backoff_policy retry{std::chrono::milliseconds{1000}, std::chrono::milliseconds{300'000}};
    };

    // Limits of the API (pkg/apis/core/validation/events.go), and of object names (RFC 1123 subdomain).
    static constexpr std::size_t max_message_bytes = 1024;
    static constexpr std::size_t max_reason_bytes = 128;
    static constexpr std::size_t max_name_bytes = 253;

    explicit event_correlator(options how) : options_(how), pace_(how.rate, how.burst) {}

    /// Records an occurrence. \return whether `next_due` may have become earlier.
    bool record(
        object_reference const& about,
        event_type type,
        std::string_view reason,
        std::string_view message,
        time_point now,
        wall_time wall
    );

    /// When to call `take` next; `time_point::max()` if no occurrence needs a request.
    time_point next_due() const;

    /// The request to send now; nullopt before `next_due`. Also nullopt if the rate limit delays the request:
    /// `next_due` is then later. Report the result of the request to `done` before the next call of `take`.
    std::optional<event_write> take(time_point now);

    /// The request ended. A failed request is repeated later, with the count, message and time as they are
    /// then. After a failure, no request is due for the longer of `retry_after` and a backoff, which `random`
    /// in [0, 1) spreads.
    void done(
        event_write const& write,
        event_write_end how,
        time_point now,
        std::chrono::milliseconds retry_after,
        double random
    );

    /// Series in memory.
    std::size_t size() const { return series_.size(); }

private:
    struct series
    {
        event_write event;           ///< includes unreported occurrences; empty `name`: no Event object
        std::uint64_t reported = 0;  ///< occurrences that need no request: written, or refused
        wall_time first_unreported;  ///< time of the first occurrence that needs a request, or earlier
        time_point created_at{};     ///< when the Event object was created
        time_point answered_at{};    ///< time of the last answer `written` or `refused`
        unsigned updates = 0;        ///< updates of the Event object, and refused requests
        time_point due{};            ///< time of the next request; used only if an occurrence needs one
        std::uint64_t used = 0;      ///< value of `uses_` at the last occurrence
    };
    using key = std::pair<std::string, std::string>;  ///< UID of the object, and the reason

    void make_room();
    std::chrono::seconds interval(series const& s) const;
    std::map<key, series>::const_iterator next() const;
    std::string object_name(object_reference const& about, wall_time first);

    options options_;
    token_bucket pace_;
    std::map<key, series> series_;
    std::optional<time_point> paced_until_;  ///< when `pace_` allows the next request; nullopt: not asked yet
    time_point paused_until_{};              ///< no request before this time; set by a failure
    unsigned failures_ = 0;                  ///< number of failed requests in a row
    std::uint64_t ids_ = 0;
    std::uint64_t uses_ = 0;
};

}  // namespace tcr::runtime
