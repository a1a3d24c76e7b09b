// SPDX-License-Identifier: Apache-2.0
#include "fairness.hpp"

#include "cluster_load.hpp"
#include "lease_watch.hpp"
#include "meter.hpp"
#include "new_namespaces.hpp"

#include <chrono>
#include <future>
#include <string>
#include <utility>

namespace tcr::benchmark
{
namespace
{

using std::chrono::seconds;
using steady_clock = std::chrono::steady_clock;

constexpr char const* password = "password-2";
constexpr double namespaces_a_second = 2;
constexpr double reviews_a_second = 10;

/// In seconds. Samples are taken only during the edit, so a shorter edit gives too few samples.
constexpr double shortest_event = 2;

/// Edits a credential of all namespaces, from its own thread.
class mass_edit
{
public:
    /// Starts the edit. `controller` must outlive this object. Until `end` returns, only this object may read
    /// the log of `controller`.
    mass_edit(std::string const& kubeconfig, controller_process& controller, std::string cr)
        : cluster_(kubeconfig), controller_(controller), cr_(std::move(cr))
    {
        controller_.skip_log();
        end_ = std::async(std::launch::async, [this] { return work(); });
    }

    bool is_over() const { return end_.wait_for(seconds(0)) == std::future_status::ready; }

    /// \return the time at which all Secrets were written. Throws if the edit failed.
    steady_clock::time_point end() { return end_.get(); }

private:
    steady_clock::time_point work()
    {
        cluster_.patch_password(cr_, password);
        controller_.wait_for_line(" emptied the work queue ", seconds(600));
        return steady_clock::now();
    }

    cluster_load cluster_;
    controller_process& controller_;
    std::string cr_;
    std::future<steady_clock::time_point> end_;
};

}  // namespace

void measure_fairness(fixture& on, report& into)
{
    into.begin("fairness", "Fairness: what is new during a credential edit over all namespaces");
    if (on.settings.namespaces < least_namespaces_in_log)
        return into.print("    skipped: the log does not report the end of work for so few namespaces");
    on.controller->wait_until_idle();
    auto const webhook = on.call_webhooks();
    new_namespaces created(on.loop, *on.client, on.server, on.settings.prefix + "late-", on.first_secret());
    lease_watch lease(on.loop, *on.client);
    lease.await_change();

    measured_interval work(*on.controller);
    auto const started = steady_clock::now();
    mass_edit event(on.settings.kubeconfig, on.controller->process, on.first_cr());
    auto const should_continue = [&](std::size_t) { return !event.is_over(); };
    call const create_namespace = [&](std::size_t index) { return created.create_namespace(index); };
    call const review = [&](std::size_t index) { return webhook->review_account(index); };
    auto const loads = offer(
        on.loop,
        {{namespaces_a_second, should_continue, create_namespace},
         {reviews_a_second, should_continue, review}}
    );
    auto const over = event.end();
    work.end();
    created.wait_until_served();
    lease.await_change();

    std::chrono::duration<double> const length = over - started;
    into.figure("seconds", "the edit took", length.count(), 2, "s");
    if (length.count() < shortest_event)
        into.print("    short edit: the following figures have few samples");
    into.figure("cpu_seconds", "CPU time", work.cpu_seconds(), 3, "s");
    into.spread("secret", "a new namespace has its Secret", created.until_secret());
    into.spread("reference", "and its account \"default\" the reference", created.until_default_reference());
    auto const& reviews = loads.back();
    into.spread("review", "the webhook answers a review", reviews.latency);
    into.count("reviews_lacking", "reviews without a patch in the answer", reviews.count() - reviews.good);
    into.figure(
        "generator_late_p99_ms", "this program was late, p99", reviews.lateness.percentile_ms(0.99), 1, "ms"
    );
    into.figure(
        "longest_lease_gap_seconds",
        "between two renewals of the lease, at most",
        lease.longest_gap(started, over).count(),
        2,
        "s"
    );
    on.expect_more(created.namespaces(), 0);
    on.expect_password(password);
    on.require_served();
}

}  // namespace tcr::benchmark
