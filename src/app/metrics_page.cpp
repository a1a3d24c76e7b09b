// SPDX-License-Identifier: Apache-2.0
#include "metrics_page.hpp"

#include "election_place.hpp"
#include "shared_metrics.hpp"
#include <tcr/metrics/exposition.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace tcr::app
{
namespace
{

using metrics::exposition;
using steady_clock = std::chrono::steady_clock;

/// Name of our work queue and controller in the labels of metrics that client-go and controller-runtime
/// define.
constexpr std::string_view queue_name = "namespace";

/// Max number of ImagePullSecrets with their own series. The counts of the others are summed in series with
/// the label value "(others)". The credentials of the others have no series.
constexpr std::size_t max_image_pull_secrets = 100;

void add_election(exposition& page, metrics_sources const& from)
{
    page.gauge(
        "leader_election_master_status",
        "Whether this process leads.",
        {{"name", election_lease}},
        from.leadership.holds(boot_clock::now()) ? 1 : 0
    );
    page.counter(
        "tcr_assistant_leader_terms_total",
        "Times that this process was elected.",
        from.election != nullptr ? number(from.election->leaderships()) : 0
    );
}

/// Adds the metrics of the runs that reconcile namespaces. Most of them have the names and labels that
/// client-go and controller-runtime use.
void add_work(exposition& page, controller::leader_statistics const& leader)
{
    auto const& work = leader.work;
    exposition::labels const name{{"name", queue_name}};
    exposition::labels const controller{{"controller", queue_name}};
    page.gauge("workqueue_depth", "Namespaces that wait for their run.", name, number(work.ready));
    page.counter("workqueue_adds_total", "Namespaces queued for a run.", name, number(work.adds));
    page.counter(
        "workqueue_retries_total",
        "Runs that were delayed after a failure, contention over an object, or an interruption.",
        name,
        number(work.retries)
    );
    page.histogram(
        "workqueue_queue_duration_seconds", "Time from queueing to the start of the run.", name, work.waits
    );
    page.histogram("workqueue_work_duration_seconds", "Duration of a run.", name, work.runs);
    page.gauge(
        "workqueue_longest_running_processor_seconds",
        "Duration so far of the oldest run in progress.",
        name,
        in_seconds(work.longest_running)
    );
    auto const& results = work.results;
    auto const runs_ended = [&](std::string_view how, std::uint64_t count)
    {
        page.counter(
            "controller_runtime_reconcile_total",
            "Runs by result.",
            {{"controller", queue_name}, {"result", how}},
            number(count)
        );
    };
    runs_ended("success", results.succeeded);
    runs_ended("error", results.failed);
    runs_ended("conflict", results.conflicted);
    runs_ended("interrupted", results.interrupted);
    page.counter(
        "controller_runtime_reconcile_errors_total", "Runs that failed.", controller, number(results.failed)
    );
    page.histogram("controller_runtime_reconcile_time_seconds", "Duration of a run.", controller, work.runs);
    page.gauge("controller_runtime_active_workers", "Runs in progress.", controller, number(work.in_flight));
    page.gauge(
        "controller_runtime_max_concurrent_reconciles",
        "Max runs at the same time (--max-in-flight).",
        controller,
        number(work.max_in_flight)
    );
    page.counter(
        "tcr_assistant_conflicts_total",
        "Writes refused because another client had just changed the object, and repeated repairs of an "
        "object.",
        number(leader.conflicts)
    );
    page.gauge(
        "tcr_assistant_concurrency_limit",
        "Runs allowed at the moment: fewer while the API server pushes back.",
        number(work.limit)
    );
    page.gauge(
        "tcr_assistant_slow_namespaces",
        "Namespaces whose last run was slow, so that they get only a share of the runs.",
        number(work.slow)
    );
}

void add_event_loop(exposition& page, event_loop_meter const& loop)
{
    page.histogram(
        "tcr_assistant_event_loop_turn_seconds",
        "CPU time of a turn of the event loop; all other work waits meanwhile.",
        loop.turns()
    );
    page.histogram(
        "tcr_assistant_event_loop_lag_seconds",
        "How late a timer fired, measured every 5 s: waits for turns and for the CPU.",
        loop.lag()
    );
}

void add_store(
    exposition& page, controller::cluster_view const& view, controller::leader_statistics const& leader
)
{
    auto const held = [&](std::string_view kind, std::size_t count) {
        page.gauge("tcr_assistant_objects", "Objects in memory.", {{"kind", kind}}, number(count));
    };
    held("namespaces", view.store().namespaces());
    held("serviceaccounts", view.store().accounts());
    held("secrets", view.store().secrets());
    held("imagepullsecrets", view.image_pull_secrets().size());
    page.gauge(
        "tcr_assistant_synced", "Whether the view of the cluster is complete.", view.is_synced() ? 1 : 0
    );
    page.histogram(
        "tcr_assistant_time_to_ready_seconds",
        "Time from the first event of a namespace or service account until its credentials are in place.",
        leader.time_to_ready
    );
}

/// Counts of one ImagePullSecret, or the sums of several.
struct image_pull_secret_counts
{
    std::int64_t secrets_desired = 0;
    std::int64_t secrets_ready = 0;
    std::int64_t secrets_failed = 0;
    std::int64_t accounts_desired = 0;
    std::int64_t accounts_ready = 0;
    std::int64_t accounts_failed = 0;

    void add(controller::image_pull_secret_status const& status)
    {
        secrets_desired += status.secrets_desired;
        secrets_ready += status.secrets_success;
        secrets_failed += static_cast<std::int64_t>(status.secrets_failed.size());
        accounts_desired += status.accounts_desired;
        accounts_ready += status.accounts_success;
        accounts_failed += static_cast<std::int64_t>(status.accounts_failed.size());
    }
};

void add_image_pull_secret(exposition& page, std::string_view name, image_pull_secret_counts const& counts)
{
    auto const add =
        [&](std::string_view family, std::string_view help, std::string_view state, std::int64_t n) {
            page.gauge(family, help, {{"imagepullsecret", name}, {"state", state}}, static_cast<double>(n));
        };
    constexpr std::string_view secrets = "tcr_assistant_imagepullsecret_secrets";
    constexpr std::string_view secrets_help =
        "Secrets of an ImagePullSecret as in its status; failed: at most 100.";
    add(secrets, secrets_help, "desired", counts.secrets_desired);
    add(secrets, secrets_help, "ready", counts.secrets_ready);
    add(secrets, secrets_help, "failed", counts.secrets_failed);
    constexpr std::string_view accounts = "tcr_assistant_imagepullsecret_serviceaccounts";
    constexpr std::string_view accounts_help =
        "Service accounts of an ImagePullSecret as in its status; failed: at most 100.";
    add(accounts, accounts_help, "desired", counts.accounts_desired);
    add(accounts, accounts_help, "ready", counts.accounts_ready);
    add(accounts, accounts_help, "failed", counts.accounts_failed);
}

/// Adds expiry and validity of an ImagePullSecret's credential.
void add_credential(exposition& page, std::string_view name, controller::catalog_entry const& entry)
{
    exposition::labels const cr{{"imagepullsecret", name}};
    if (entry.credential && entry.credential->expires_at)
        page.gauge(
            "tcr_assistant_credential_expiry_timestamp_seconds",
            "When the credential of an ImagePullSecret expires, in Unix time; absent if it does not expire.",
            cr,
            std::chrono::duration<double>(entry.credential->expires_at->time_since_epoch()).count()
        );
    if (auto const* valid = controller::find_condition(entry.cr.status, "CredentialValid"))
        page.gauge(
            "tcr_assistant_credential_valid",
            "Condition CredentialValid of an ImagePullSecret: 1 True, 0 False, -1 Unknown.",
            cr,
            valid->status == "True"    ? 1
            : valid->status == "False" ? 0
                                       : -1
        );
}

void add_image_pull_secrets(exposition& page, controller::catalog const& catalog)
{
    std::size_t count = 0;
    image_pull_secret_counts others;
    for (auto const& [name, entry] : catalog)
    {
        if (count++ >= max_image_pull_secrets)
        {
            others.add(entry.cr.status);
            continue;
        }
        image_pull_secret_counts counts;
        counts.add(entry.cr.status);
        add_image_pull_secret(page, name, counts);
        add_credential(page, name, entry);
    }
    if (count > max_image_pull_secrets)
        add_image_pull_secret(page, "(others)", others);
}

void add_removals(exposition& page, std::size_t pending)
{
    page.gauge(
        "tcr_assistant_removals_pending",
        "ImagePullSecrets that the list of instances no longer asks for and whose removal waits for "
        "--removal-delay.",
        number(pending)
    );
}

void add_cloud(exposition& page, metrics_sources const& from)
{
    for (auto const& [what, count] : from.cloud.client.calls())
        page.counter(
            "tcr_assistant_cloud_requests_total",
            "Requests to Tencent Cloud's API by action and result.",
            {{"action", what.first}, {"result", what.second}},
            number(count)
        );
    page.counter(
        "tcr_assistant_tokens_minted_total",
        "Tokens of TCR instances created since this process became the leader.",
        number(from.leader.tokens_minted)
    );
    page.gauge(
        "tcr_assistant_cloud_identity",
        "Always 1; the label is the source of the keys for Tencent Cloud.",
        {{"source", registry::to_string(from.cloud.identity.source())}},
        1
    );
}

void add_webhook(exposition& page, std::string_view path, admission::webhook const& webhook)
{
    for (auto const& [code, count] : webhook.responses())
        page.counter(
            "controller_runtime_webhook_requests_total",
            "Admission requests by webhook and HTTP status.",
            {{"webhook", path}, {"code", std::to_string(code)}},
            number(count)
        );
    page.histogram(
        "controller_runtime_webhook_latency_seconds",
        "Time from an admission request's first byte to its answer.",
        {{"webhook", path}},
        webhook.latency()
    );
    page.gauge(
        "controller_runtime_webhook_requests_in_flight",
        "Admission requests in progress.",
        {{"webhook", path}},
        number(webhook.in_flight())
    );
}

void add_admission(exposition& page, metrics_sources const& from)
{
    auto const* webhooks = from.webhooks;
    auto const served = [&](std::string_view when, std::uint64_t count)
    {
        page.counter(
            "tcr_assistant_serviceaccounts_served_total",
            "Service accounts with references: created with them (birth), or updated afterwards.",
            {{"when", when}},
            number(count)
        );
    };
    served("birth", from.leader.accounts_created_with_references);
    served("afterwards", from.leader.accounts_served);
    if (webhooks == nullptr)
        return;
    add_webhook(page, admission::image_pull_secret_webhook::path, webhooks->validating());
    add_webhook(page, admission::service_account_webhook::path, webhooks->mutating());
    if (auto const end = webhooks->certificate().expires_at())
        page.gauge(
            "tcr_assistant_webhook_certificate_expiry_timestamp_seconds",
            "When the webhooks' certificate expires, in Unix time.",
            std::chrono::duration<double>(end->time_since_epoch()).count()
        );
}

}  // namespace

std::string metrics_page(metrics_sources const& from, steady_clock::time_point now)
{
    exposition page;
    add_build(page);
    add_election(page, from);
    add_store(page, from.view, from.leader);
    add_image_pull_secrets(page, from.view.image_pull_secrets());
    add_removals(page, from.pending_removals);
    add_work(page, from.leader);
    for (auto const& each : from.view.watches())
        add_watch(page, each, now);
    add_client(page, from.client);
    add_cloud(page, from);
    add_admission(page, from);
    add_event_loop(page, from.loop);
    from.process.add_to(page);
    return page.text();
}

}  // namespace tcr::app
