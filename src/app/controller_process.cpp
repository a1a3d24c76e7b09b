#include "controller_process.hpp"

#include "election_place.hpp"
#include "event_loop.hpp"
#include "metrics_page.hpp"
#include "own_namespace.hpp"
#include "service_process.hpp"
#include <tcr/util/cpu_limit.hpp>
#include <tcr/util/settle_state.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/this_coro.hpp>
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

/// A changed file is read once it has not changed for this long.
constexpr std::chrono::seconds quiet{2};

/// Max wait for writes in flight. Longer ones are cut off; the lease is then not released, but expires.
constexpr std::chrono::milliseconds max_drain{5'000};

constexpr std::chrono::seconds idle_check_interval{30};
constexpr std::chrono::seconds max_idle{60};

/// Logs how many API calls the run made.
void log_answers(logger& log, kube::client const& client)
{
    for (auto const& [what, count] : client.answers())
        log.info("API calls", {{"method", what.first}, {"status", what.second}, {"count", count}});
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
    // With so little CPU a wake-up costs more than the latency it saves.
    if (limits_one_thread(cpus))
        options.batch.shortest = std::chrono::milliseconds(8);
    options.longest_gap = command.controller.watcher.stall_limit() / 2;
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
        kube::client::make(service->executor(), *cluster, command.cluster, client_options(command, cpus));
    if (!client)
        return client.error();
    auto cloud = cloud_access::make(service->executor(), command.cloud, log);
    if (!cloud)
        return cloud.error();
    log.info(
        "starting",
        {{"version", TCR_VERSION},
         {"server", cluster->server.authority()},
         {"configuration", cluster->source},
         {"cpus", cpus ? std::to_string(*cpus) : "no limit"}}
    );
    std::unique_ptr<controller_process> made(new controller_process(
        std::move(config), log, std::move(service), std::move(*client), std::move(*cloud), cpus
    ));
    if (auto listening = made->listen(); !listening)
        return listening.error();
    return made;
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
      writes_(service_->executor(), *client_, held_, cpus),
      cloud_(std::move(cloud)),
      view_(service_->executor(), *client_, work_options(config_.current(), *client_), log),
      grace_(service_->executor()),
      reload_news_(service_->executor())
{
    auto const& command = config_.current();
    if (command.leader_elect)
        election_.emplace(
            service_->executor(),
            *client_,
            election_place(own_namespace(command, *client_)),
            command.leader_election,
            held_,
            log
        );
    else
        held_.hold_for_ever();
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
        return error(where.error().code, "--webhook-bind-address: " + where.error().message());
    if (!*where)
        return {};
    admission::webhook_server_options options;
    options.ns = own_namespace(command, *client_);
    options.more_names = command.webhook_names;
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
        return error(listening.error().code, "--webhook-bind-address: " + listening.error().message());
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
        held_,
        election_lease,
        election_ ? &*election_ : nullptr,
        webhooks_.get(),
        leader_ && leader_->instances ? leader_->instances->pending_removals() : 0,
        process_,
        service_->meter()};
    return metrics_page(from, now);
}

std::vector<health_check> controller_process::health(bool is_readiness) const
{
    if (is_readiness)
        return readiness_checks(view_, webhooks_.get(), std::chrono::system_clock::now());
    auto const limit = config_.current().controller.watcher.stall_limit();
    return liveness_checks(view_, webhooks_.get(), *client_, limit, steady_clock::now());
}

// --- the work

bool controller_process::run()
{
    service_hooks hooks;
    hooks.before_stop = [this] { return stop_writing(); };
    hooks.on_reload = [this]
    {
        is_reload_asked_ = true;
        reload_news_.notify();
    };
    hooks.on_end = [this] { grace_.cancel(); };
    bool const is_good = service_->run(work(), std::move(hooks));
    log_answers(log_, *client_);
    log_.info("stopped");
    return is_good;
}

task<void> controller_process::work()
{
    task_group parts(service_->executor());
    parts.spawn(client_->keep_identity_fresh(log_));
    parts.spawn(view_.run());
    parts.spawn(lead_when_synced());
    parts.spawn(reload_when_asked());
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
    // While a write of ours may still reach the API server, a released lease would allow two writers.
    if (is_stopped && is_drained_ && election_)
        co_await election_->release();
}

task<void> controller_process::lead_when_synced()
{
    // A process that cannot see the cluster must not keep the lease from one that can.
    co_await view_.synced();
    // A named object: GCC 12 would destroy a temporary twice.
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
    grace_.expires_after(grace);
    grace_.async_wait(
        [this](boost::system::error_code ec)
        {
            if (ec)
                return;
            log_.warning("the grace is over; ending with something still under way");
            std::_Exit(0);
        }
    );
    if (leader_)
        leader_->session.stop();
    is_drained_ = co_await writes_.drain(std::min(max_drain, grace / 4));
}

// --- configuration at run time

task<void> controller_process::reload_when_asked()
{
    auto const& file = config_.current().config;
    auto known = stamp_of(file);
    settle_state settling(quiet);
    static_cast<void>(settling.is_settled(known, steady_clock::now(), std::chrono::system_clock::now()));
    auto next_check = steady_clock::now() + config_check_interval;
    for (;;)
    {
        co_await reload_news_.wait_until(next_check);
        auto const state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            co_return;
        auto const now = steady_clock::now();
        next_check = now + config_check_interval;
        auto const present = file.empty() ? known : stamp_of(file);
        bool const is_settled = settling.is_settled(present, now, std::chrono::system_clock::now());
        if (!is_settled)
            next_check = settling.next_look(now);
        bool const is_due = present != known && is_settled;
        if (!std::exchange(is_reload_asked_, false) && !is_due)
            continue;
        known = present;
        reload();
    }
}

void controller_process::reload()
{
    auto const changed = config_.reload();
    if (!changed)
    {
        log_.warning("the configuration stays as it was", {{"why", changed.error().message()}});
        return;
    }
    for (auto const& each : *changed)
        log_.info(
            each.reloadable ? "configuration taken over" : "takes a restart",
            {{"option", each.name}, {"before", each.before}, {"after", each.after}}
        );
    if (changed->empty())
        log_.info("the configuration is as before");
    auto const& command = config_.current();
    service_->set_level(command.level);
    log_.set_format(command.format);
    client_->set_pace(command.client.qps, command.client.burst);
    view_.set_resync_period(command.controller.watcher.resync_period);
    if (leader_)
        leader_->session.set_max_in_flight(command.controller.max_in_flight);
    if (leader_ && leader_->instances)
        leader_->instances->set_removal_delay(command.removal_delay);
}

}  // namespace tcr::app
