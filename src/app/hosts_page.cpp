// SPDX-License-Identifier: Apache-2.0
#include "hosts_page.hpp"

#include "shared_metrics.hpp"

#include <string_view>

namespace tcr::app
{

using metrics::exposition;

std::string hosts_metrics_page(
    hosts::updater_statistics const& done,
    kube::client const* client,
    runtime::watcher const* watch,
    metrics::process_metrics const& process,
    std::chrono::steady_clock::time_point now
)
{
    exposition page;
    add_build(page);
    auto const entries = [&](std::string_view state, std::size_t count)
    {
        page.gauge(
            "tcr_assistant_hosts_entries",
            "Entries by state: applied, in the block; disabled and refused, of the configuration; "
            "overridden, the hosts file's own lines that override applied ones.",
            {{"state", state}},
            number(count)
        );
    };
    entries("applied", done.applied);
    entries("disabled", done.disabled);
    entries("refused", done.refused);
    entries("overridden", done.overriding);
    page.counter(
        "tcr_assistant_hosts_writes_total",
        "Writes of the hosts file, including repairs.",
        number(done.writes)
    );
    page.counter(
        "tcr_assistant_hosts_repairs_total",
        "Writes that undid a change of the block by another program.",
        number(done.repairs)
    );
    page.counter(
        "tcr_assistant_hosts_failures_total",
        "Failed attempts to update the hosts file.",
        number(done.failures)
    );
    page.counter(
        "tcr_assistant_hosts_bad_configurations_total",
        "Configurations that were refused as a whole.",
        number(done.bad_configs)
    );
    page.gauge(
        "tcr_assistant_hosts_written_in_place",
        "Whether the last write could not rename a new file into place.",
        done.is_in_place ? 1 : 0
    );
    if (done.last_success)
        page.gauge(
            "tcr_assistant_hosts_last_success_timestamp_seconds",
            "When the hosts file was last found as desired, in Unix time.",
            std::chrono::duration<double>(done.last_success->time_since_epoch()).count()
        );
    if (watch != nullptr)
        add_watch(page, watch->summary(), now);
    if (client != nullptr)
        add_client(page, *client);
    process.add_to(page);
    return page.text();
}

}  // namespace tcr::app
