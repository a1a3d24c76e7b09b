// SPDX-License-Identifier: Apache-2.0
#include "shared_metrics.hpp"

#include <tcr/app/build_info.hpp>

namespace tcr::app
{

using metrics::exposition;

void add_build(exposition& page)
{
    page.gauge(
        "tcr_assistant_build_info",
        "Always 1; the labels hold version and commit.",
        {{"version", TCR_VERSION}, {"commit", this_build.commit}},
        1
    );
}

void add_client(exposition& page, kube::client const& client)
{
    auto const host = client.config().server.authority();
    for (auto const& [what, count] : client.answers())
    {
        auto const& [method, status] = what;
        page.counter(
            "rest_client_requests_total",
            "Requests to the API server by method and status; <error> without an answer.",
            {{"code", status == 0 ? "<error>" : std::to_string(status)}, {"host", host}, {"method", method}},
            number(count)
        );
    }
}

void add_watch(
    exposition& page, runtime::watch_summary const& watch, std::chrono::steady_clock::time_point now
)
{
    exposition::labels const resource{{"resource", watch.name}};
    auto const& statistics = watch.statistics;
    page.counter("tcr_assistant_lists_total", "Complete lists.", resource, number(statistics.lists));
    page.counter("tcr_assistant_watches_total", "Watch requests.", resource, number(statistics.watches));
    page.counter(
        "tcr_assistant_watch_events_total",
        "Events of finished watches, including bookmarks.",
        resource,
        number(statistics.events)
    );
    page.counter(
        "tcr_assistant_watch_failures_total",
        "Lists and watches that ended with an error.",
        resource,
        number(statistics.failures)
    );
    page.gauge(
        "tcr_assistant_objects_quarantined",
        "Objects that exist and cannot be read: they stay unchanged until they are edited.",
        resource,
        number(watch.quarantined)
    );
    page.gauge(
        "tcr_assistant_watch_lag_seconds",
        "Time since the last progress of the watch: a list, an event, a bookmark or a clean end.",
        resource,
        in_seconds(now - watch.last_progress)
    );
}

}  // namespace tcr::app
