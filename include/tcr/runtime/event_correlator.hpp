#pragma once

// Combines many occurrences into few Kubernetes Events, as pure decisions.
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

/// One request: create an Event object, or update count, message and time of an existing one.
struct event_write
{
    object_reference about;
    event_type type = event_type::normal;
    std::string reason;
    std::string message;  ///< at most 1024 bytes
    std::uint64_t count = 0;
    std::chrono::system_clock::time_point first;
    std::chrono::system_clock::time_point last;
    std::string name;      ///< of the Event object
    bool is_new = false;   ///< create the object
    std::uint64_t id = 0;  ///< of the series, for `event_correlator::done`
};

/// How a request ended.
enum class event_write_end
{
    written,
    gone,     ///< the object no longer exists
    refused,  ///< the server rejects this object; a retry cannot succeed
    failed    ///< a retry may succeed
};

/// Combines many occurrences into few Events (client-go's EventCorrelator, tools/record/events_cache.go, does
/// so for each request). Those of one reason about one object form a series: one Event object with a count
/// and the latest message, written at growing intervals. Has no clock; bounds memory and requests.
class event_correlator
{
public:
    using time_point = std::chrono::steady_clock::time_point;
    using wall_time = std::chrono::system_clock::time_point;

    struct options
    {
        std::size_t max_series = 512;            ///< in memory; beyond it the least recently used is dropped
        std::chrono::milliseconds gather{1000};  ///< from the first occurrence to the Event: more join it
        std::chrono::seconds first_update{10};   ///< from the Event to its first update
        std::chrono::seconds update{60};         ///< between two updates after that
        std::chrono::seconds lifetime{3600};     ///< of an Event, then a new one; --event-ttl's default
        double rate = 1;                         ///< requests a second, over all series
        double burst = 25;                       ///< requests at once before `rate` binds
        backoff_policy retry{std::chrono::milliseconds{1000}, std::chrono::milliseconds{300'000}};
    };

    // Limits of the API (pkg/apis/core/validation/events.go) and of object names (RFC 1123 subdomain).
    static constexpr std::size_t max_message_bytes = 1024;
    static constexpr std::size_t max_reason_bytes = 128;
    static constexpr std::size_t max_name_bytes = 253;

    explicit event_correlator(options how) : options_(how), pace_(how.rate, how.burst) {}

    /// Records an occurrence. \return whether `next_due` may be earlier than before.
    bool record(
        object_reference const& about,
        event_type type,
        std::string_view reason,
        std::string_view message,
        time_point now,
        wall_time wall
    );

    /// When to ask `take` again; `time_point::max()` while there is nothing to write.
    time_point next_due() const;

    /// The request to make now; nothing before `next_due`. Report its result to `done` before taking the
    /// next.
    std::optional<event_write> take(time_point now);

    /// The request ended. A failed one is repeated later, with the count, message and time of then;
    /// `retry_after` is the min delay, `random` in [0, 1) spreads it.
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
        event_write event;           ///< all occurrences, the latest message; no name without an Event object
        std::uint64_t reported = 0;  ///< of the occurrences, those that the object counts
        wall_time first_unreported;  ///< of the occurrences that the object lacks
        time_point created_at{};     ///< of the object
        time_point answered_at{};    ///< of the last request that was written, or refused
        unsigned updates = 0;        ///< of the object
        time_point due{};            ///< of the next request; counts only where some are unreported
        std::uint64_t used = 0;
    };
    using key = std::pair<std::string, std::string>;  ///< uid of the object, reason

    void make_room();
    std::chrono::seconds interval(series const& s) const;
    std::map<key, series>::const_iterator next() const;
    std::string object_name(object_reference const& about, wall_time first);

    options options_;
    token_bucket pace_;
    std::map<key, series> series_;
    std::optional<time_point> paced_until_;  ///< when the next request may be sent, once it has its token
    time_point paused_until_{};              ///< after a failure
    unsigned failures_ = 0;                  ///< in a row
    std::uint64_t ids_ = 0;
    std::uint64_t uses_ = 0;
};

}  // namespace tcr::runtime
