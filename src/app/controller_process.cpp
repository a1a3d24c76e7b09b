// SPDX-License-Identifier: Apache-2.0
#include "controller_process.hpp"

#include "election_place.hpp"
#include "event_loop.hpp"
#include "metrics_page.hpp"
#include "own_namespace.hpp"
#include "service_process.hpp"
#include <tcr/util/cpu_limit.hpp>
#include <tcr/util/settle_state.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <utility>

namespace tcr::app
{
namespace
{

using steady_clock = std::chrono::steady_clock;

constexpr std::chrono::seconds config_check_interval{8};

/// Time that a changed configuration file must stay unchanged before it is read again.
constexpr std::chrono::seconds settle_time{2};

/// Max wait for writes in flight at shutdown, unless a quarter of --shutdown-grace is shorter. A write that
/// takes longer is cancelled. The lease is then not released: it expires.
constexpr std::chrono::milliseconds max_drain{5'000};

constexpr std::chrono::seconds idle_check_interval{30};
constexpr std::chrono::seconds max_idle{60};

/// Logs the number of API requests that the process has made, by method and status.
void log_requests(logger& log, kube::client const& client)
{
    for (auto const& [what, count] : client.answers())
        log.info(
            "API requests since the start",
            {{"method", what.first}, {"status", what.second}, {"count", count}}
        );
}

std::string own_namespace(controller_command const& command, kube::client const& client)
{
    return app::own_namespace(command.own_namespace, client.config().pod_namespace);
}

controller::controller_options work_options(controller_command const& command, kube::client const& client)
{
    auto options = command.controller;
    options.tokens.own_namespace = own_namespace(command, client);
    options.tokens.cluster_name = command.cloud.cluster_name;
    return options;
}

kube::client_options client_options(controller_command const& command, std::optional<double> cpus)
{
    auto options = command.client;
    // With a CPU limit below one CPU, fewer wake-ups matter more than early answers: lengthen the min
    // coalescing interval.
    if (limits_one_thread(cpus))
        options.coalescing.shortest = std::chrono::milliseconds(8);
    options.max_gap = command.controller.watcher.stall_limit() / 2;
    return options;
}

}  // namespace

result<std::unique_ptr<controller_process>> controller_process::make(reloadable_config config, logger& log)
{
    auto const& command = config.current();
    auto cluster = kube::load_config(command.cluster);
    if (!cluster)
        return cluster.error();
    auto service = std::make_unique<service_process>(log, true);
    auto const cpus = cpu_limit();
    auto client =
        kube::client::make(service->executor(), *cluster, client_options(command, cpus), command.cluster);
    if (!client)
        return client.error();
    auto cloud = cloud_access::make(service->executor(), command.cloud, log);
    if (!cloud)
        return cloud.error();
    log.info(
        "starting the controller",
        {{"version", TCR_VERSION},
         {"server", cluster->server.authority()},
         {"configuration", cluster->source},
         {"cpus", cpus ? std::to_string(*cpus) : "no limit"}}
    );
    std::unique_ptr<controller_process> process(new controller_process(
        std::move(config), log, std::move(service), std::move(*client), std::move(*cloud), cpus
    ));
    if (auto listening = process->listen(); !listening)
        return listening.error();
    return process;
}

controller_process::controller_process(
    reloadable_config config,
    logger& log,
    std::unique_ptr<service_process> service,
    std::unique_ptr<kube::client> client,
    std::unique_ptr<cloud_access> cloud,
    std::optional<double> cpus
)
    : config_(std::move(config)),
      log_(log),
      service_(std::move(service)),
      client_(std::move(client)),
      writes_(service_->executor(), *client_, leadership_, cpus),
      cloud_(std::move(cloud)),
      view_(service_->executor(), *client_, work_options(config_.current(), *client_), log),
      grace_timer_(service_->executor()),
      read_stamp_(stamp_of(config_.current().config))
{
    auto const& command = config_.current();
    if (command.leader_elect)
        election_.emplace(
            service_->executor(),
            *client_,
            election_place(own_namespace(command, *client_)),
            command.leader_election,
            leadership_,
            log
        );
    else
        leadership_.hold_for_ever();
}

controller_process::~controller_process() = default;

// --- pages and webhooks

result<void> controller_process::listen()
{
    auto const& command = config_.current();
    auto listening = service_->listen(
        {command.metrics_bind_address,
         command.health_probe_bind_address,
         [this] { return metrics(); },
         [this](bool is_readiness) { return health(is_readiness); }}
    );
    if (!listening)
        return listening;
    return listen_for_reviews();
}

result<void> controller_process::listen_for_reviews()
{
    auto const& command = config_.current();
    auto const where = net::parse_bind_address(command.webhook_bind_address);
    if (!where)
        return where.error().with_prefix("--webhook-bind-address");
    if (!*where)
        return {};
    admission::webhook_server_options options;
    options.ns = own_namespace(command, *client_);
    options.extra_names = command.webhook_names;
    options.certificate_life = command.webhook_certificate_life;
    options.watching = command.controller.watcher;
    webhooks_ = std::make_unique<admission::webhook_server>(
        service_->executor(),
        *client_,
        writes_,
        view_.image_pull_secrets(),
        view_.store(),
        [this] { return view_.is_synced(); },
        std::move(options),
        log_
    );
    if (auto listening = webhooks_->listen(**where); !listening)
        return listening.error().with_prefix("--webhook-bind-address");
    return {};
}

std::string controller_process::metrics() const
{
    auto const now = steady_clock::now();
    auto const max_in_flight = config_.current().controller.max_in_flight;
    auto const statistics =
        leader_ ? leader_->session.statistics(now) : controller::leader_statistics::of_standby(max_in_flight);
    metrics_sources const from{
        view_,
        statistics,
        *client_,
        *cloud_,
        leadership_,
        election_ ? &*election_ : nullptr,
        webhooks_.get(),
        leader_ && leader_->instances ? leader_->instances->pending_removals() : 0,
        process_metrics_,
        service_->meter()};
    return metrics_page(from, now);
}

/// The checks of /healthz or, if `is_readiness`, of /readyz. /healthz fails only if a restart can help: when
/// a watch makes no progress although the server answers. (If the event loop hangs, the probe gets no
/// response.) /readyz fails while the view of the cluster is incomplete, or while webhooks that are turned on
/// cannot be called. A standby can be ready, too.
std::vector<health_check> controller_process::health(bool is_readiness) const
{
    std::vector<health_check> checks{{"ping", {}}};
    auto const stall_limit = config_.current().controller.watcher.stall_limit();
    auto const check_progress = [&](std::string const& name, runtime::watch_summary const& watch)
    { checks.push_back(watch_check(name, watch, *client_, stall_limit, steady_clock::now())); };
    for (auto const& each : view_.watches())
        if (is_readiness)
            checks.push_back({"synced-" + each.name, each.is_synced ? "" : "not yet listed"});
        else
            check_progress(each.name, each);
    if (webhooks_ && is_readiness)
        checks.push_back({"webhook", webhooks_->certificate().problem(std::chrono::system_clock::now())});
    else if (webhooks_)
        check_progress("webhook-certificate", webhooks_->certificate().secret_watcher().summary());
    return checks;
}

// --- the work

bool controller_process::run()
{
    service_hooks hooks;
    hooks.before_stop = [this] { return stop_writing(); };
    hooks.on_reload = [this] { reload(); };
    hooks.on_end = [this] { grace_timer_.cancel(); };
    bool const succeeded = service_->run(work(), std::move(hooks));
    log_requests(log_, *client_);
    log_.info("stopped the controller");
    return succeeded;
}

task<void> controller_process::work()
{
    task_group parts(service_->executor());
    parts.spawn(client_->keep_identity_fresh(log_));
    parts.spawn(view_.run());
    parts.spawn(lead_when_synced());
    if (!config_.current().config.empty())
        parts.spawn(follow_config_file());
    parts.spawn(measure_lag(service_->meter()));
    parts.spawn(close_idle_connections());
    service_->spawn_servers(parts);
    if (webhooks_)
        parts.spawn(webhooks_->run());
    bool is_stopped = false;
    try
    {
        co_await parts.join();
    }
    catch (boost::system::system_error const& e)
    {
        if (e.code() != asio::error::operation_aborted)
            throw;
        is_stopped = true;
    }
    // Release the lease only if no write is in flight. Otherwise a new leader could write at the same time.
    if (is_stopped && is_drained_ && election_)
        co_await election_->release();
}

task<void> controller_process::lead_when_synced()
{
    // Wait first: a process without a view of the cluster must not hold the lease while another process could
    // lead.
    co_await view_.wait_for_sync();
    // GCC 12 would destroy a temporary twice, so name the function object.
    std::function<task<void>()> leading = [this] { return lead(); };
    if (election_)
        co_await election_->run(std::move(leading));
    else
        co_await lead();
}

void controller_process::start_leading()
{
    auto const& command = config_.current();
    leader_.reset(new leader_work{
        controller::leader_session(
            service_->executor(),
            {*client_, writes_, cloud_->client, cloud_->web, cloud_->directory},
            view_,
            work_options(command, *client_),
            log_
        ),
        std::nullopt});
    if (command.instances_file.empty())
        return;
    leader_->instances.emplace(
        service_->executor(),
        instances::instance_controller::dependencies{
            writes_, cloud_->directory, view_.image_pull_secrets(), leader_->session.events()},
        command.instances_file,
        command.removal_delay,
        log_
    );
    leader_->session.on_image_pull_secrets_changed([this] { leader_->instances->trigger(); });
}

task<void> controller_process::lead()
{
    struct end_of_leadership
    {
        ~end_of_leadership() { leader.reset(); }
        std::unique_ptr<leader_work>& leader;
    };
    if (writes_.is_draining())
        co_return;
    start_leading();
    end_of_leadership const at_end{leader_};
    task_group parts(service_->executor());
    parts.spawn(leader_->session.run());
    if (webhooks_)
        parts.spawn(webhooks_->lead());
    if (leader_->instances)
        parts.spawn(leader_->instances->run());
    co_await parts.join();
}

task<void> controller_process::close_idle_connections()
{
    for (;;)
    {
        co_await sleep_for(idle_check_interval);
        client_->close_idle(max_idle);
    }
}

task<void> controller_process::stop_writing()
{
    auto const grace = config_.current().shutdown_grace;
    grace_timer_.expires_after(grace);
    grace_timer_.async_wait(
        [this](boost::system::error_code ec)
        {
            if (ec)
                return;
            log_.warning("shutdown grace has ended; exiting with requests in flight");
            std::_Exit(0);
        }
    );
    if (leader_)
        leader_->session.stop();
    is_drained_ = co_await writes_.drain(std::min(max_drain, grace / 4));
}

// --- configuration at run time

task<void> controller_process::follow_config_file()
{
    settle_state settling(settle_time);
    for (;;)
    {
        auto const present = stamp_of(config_.current().config);
        bool const is_settled =
            settling.is_settled(present, steady_clock::now(), std::chrono::system_clock::now());
        if (is_settled && present != read_stamp_)
            reload();
        co_await sleep_for(is_settled ? config_check_interval : settle_time);
    }
}

void controller_process::reload()
{
    read_stamp_ = stamp_of(config_.current().config);
    auto const changed = config_.reload();
    if (!changed)
    {
        log_.warning(
            "cannot reload the configuration; the current one stays in use",
            {{"error", changed.error().message()}}
        );
        return;
    }
    for (auto const& each : *changed)
        log_.info(
            each.reloadable ? "applied a changed option" : "a changed option needs a restart",
            {{"option", each.name}, {"before", each.before}, {"after", each.after}}
        );
    if (changed->empty())
        log_.info("reloaded the configuration; no option has changed");
    auto const& command = config_.current();
    service_->set_level(command.level);
    log_.set_format(command.format);
    client_->set_rate_limit(command.client.qps, command.client.burst);
    view_.set_resync_period(command.controller.watcher.resync_period);
    if (leader_)
        leader_->session.set_max_in_flight(command.controller.max_in_flight);
    if (leader_ && leader_->instances)
        leader_->instances->set_removal_delay(command.removal_delay);
}

}  // namespace tcr::app
