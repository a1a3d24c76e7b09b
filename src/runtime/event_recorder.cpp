// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/errc.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/net/errc.hpp>
#include <tcr/runtime/event_recorder.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <limits>

namespace tcr::runtime
{
namespace
{

namespace json = boost::json;
using steady_clock = std::chrono::steady_clock;

constexpr char const* component = "tcr-assistant";
constexpr char const* event_namespace = "default";

kube::resource const event_resource{"", "v1", "events"};

/// Classifies a failed request. Every error other than 400, 404 and 422 is `failed`, because a retry may
/// succeed.
event_write_end classify(error const& failure)
{
    if (failure.code == kube::errc::not_found)
        return event_write_end::gone;
    if (failure.code == kube::errc::invalid)
        return event_write_end::refused;
    return event_write_end::failed;
}

/// The fields that change with each occurrence.
json::object latest_of(event_write const& what)
{
    constexpr std::uint64_t max_count = std::numeric_limits<std::int32_t>::max();  // the field is an int32
    return json::object(
        {{"message", what.message},
         {"count", std::min(what.count, max_count)},
         {"lastTimestamp", rfc3339(what.last)}}
    );
}

/// The request for an Event (core/v1): a POST of the object, or a merge patch of its count, message and time.
/// The namespace is `default`, because the API server accepts Events about cluster-scoped objects there
/// (pkg/apis/core/validation/events.go).
net::http_request event_request(event_write const& what)
{
    auto body = latest_of(what);
    if (!what.is_new)
        return kube::merge_patch_request(event_resource, event_namespace, what.name, json::serialize(body));
    body["apiVersion"] = "v1";
    body["kind"] = "Event";
    body["metadata"] = json::object({{"name", what.name}, {"namespace", event_namespace}});
    body["involvedObject"] = json::object(
        {{"apiVersion", what.about.api_version},
         {"kind", what.about.kind},
         {"name", what.about.name},
         {"uid", what.about.uid}}
    );
    body["type"] = what.type == event_type::warning ? "Warning" : "Normal";
    body["reason"] = what.reason;
    body["firstTimestamp"] = rfc3339(what.first);
    body["source"] = json::object({{"component", component}});
    body["reportingComponent"] = component;
    return kube::create_request(event_resource, event_namespace, json::serialize(body));
}

}  // namespace

event_recorder::event_recorder(
    asio::any_io_executor executor, sender send, event_correlator::options options, logger& log
)
    : send_(std::move(send)), log_(log), events_(options), loop_(executor, [this] { return write_due(); })
{
}

void event_recorder::record(
    object_reference const& about, event_type type, std::string_view reason, std::string_view message
)
{
    auto const now = steady_clock::now();
    if (events_.record(about, type, reason, message, now, std::chrono::system_clock::now()))
        loop_.trigger();
}

task<next_reconcile> event_recorder::write_due()
{
    while (auto const next = events_.take(steady_clock::now()))
        co_await write(*next);
    co_return next_reconcile{events_.next_due()};
}

task<void> event_recorder::write(event_write const& what)
{
    auto request = event_request(what);
    auto answer = co_await send_(std::move(request), "cannot send the Event");
    auto how = event_write_end::written;
    std::chrono::milliseconds retry_after{0};
    if (answer)
        last_failure_ = {};
    else
    {
        auto const& failure = answer.error();
        how = classify(failure);
        // `gone` for an update means that the Event was deleted and must be created again. `gone` for a
        // create means that the namespace is missing: the create is retried later.
        if (how == event_write_end::gone && what.is_new)
            how = event_write_end::failed;
        retry_after = failure.retry_after;
        if (how != event_write_end::gone)
            report(failure, how == event_write_end::failed);
    }
    std::uniform_real_distribution<> spread;
    events_.done(what, how, steady_clock::now(), retry_after, spread(random_));
}

void event_recorder::report(error const& failure, bool is_retried)
{
    // `gate_closed` and `operation_aborted` are not reported: this process no longer leads, or it ends.
    bool const is_reported = failure.code == last_failure_ || failure.code == net::errc::gate_closed ||
                             failure.code == asio::error::operation_aborted;
    if (is_reported)
        return;
    last_failure_ = failure.code;
    auto const* text =
        is_retried ? "cannot write an Event; retrying after a backoff" : "cannot write an Event";
    if (auto const left_out = lines_.pass("event", steady_clock::now()))
        log_.warning(text, {{"error", failure.message()}, {"left_out", *left_out}});
}

}  // namespace tcr::runtime
