#include "election_place.hpp"
#include "event_loop.hpp"
#include "own_namespace.hpp"
#include "page_server.hpp"
#include "task_end.hpp"
#include <tcr/app/controller_process.hpp>
#include <tcr/app/health.hpp>
#include <tcr/app/metrics_page.hpp>
#include <tcr/metrics/exposition.hpp>
#include <tcr/util/cpu_limit.hpp>
#include <tcr/util/settle_state.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <csignal>
#include <functional>
#include <utility>

namespace tcr::app
{
namespace
{

using steady_clock = std::chrono::steady_clock;

constexpr std::chrono::seconds look_at_config{8};

/// A changed file is read once it has been left alone for this long.
constexpr std::chrono::seconds quiet{2};

/// What writes under way may take of the grace. Longer ones are cut off, and then the lease runs out by itself.
constexpr std::chrono::milliseconds longest_drain{5'000};

/// One line that tells what the run cost the API server.
void log_answers(logger& log, kube::client const& client)
{
    for (auto const& [what, count] : client.answers())
        log.info("API calls", {{"method", what.first}, {"status", what.second}, {"count", count}});
}

std::string own_namespace(controller_command const& command, kube::client const& client)
{
    return app::own_namespace(command.own_namespace, client.config().pod_namespace);
}

controller::controller_options controller_options(
    controller_command const& command, kube::client const& client, std::optional<double> cpus
)
{
    auto options = command.controller;
    options.cpu_limit = cpus;
    options.tokens.own_namespace = own_namespace(command, client);
    options.tokens.cluster_name = command.cloud.cluster_name;
    return options;
}

kube::client_options client_options(controller_command const& command, std::optional<double> cpus)
{
    auto options = command.client;
    // With little to spend, wake-ups are too dear for the last millisecond.
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
    auto loop = std::make_unique<asio::io_context>(1);
    auto const cpus = cpu_limit();
    auto client =
        kube::client::make(loop->get_executor(), *cluster, command.cluster, client_options(command, cpus));
    if (!client)
        return client.error();
    auto cloud = cloud_access::make(loop->get_executor(), command.cloud, log);
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
        std::move(config), log, std::move(loop), std::move(*client), std::move(*cloud), cpus
    ));
    if (auto listening = made->listen(); !listening)
        return listening.error();
    return made;
}

controller_process::controller_process(
    reloadable_config config,
    logger& log,
    std::unique_ptr<asio::io_context> loop,
    std::unique_ptr<kube::client> client,
    std::unique_ptr<cloud_access> cloud,
    std::optional<double> cpus
)
    : config_(std::move(config)),
      log_(log),
      loop_(std::move(loop)),
      client_(std::move(client)),
      cloud_(std::move(cloud)),
      control_(
          loop_->get_executor(),
          *client_,
          {cloud_->client, cloud_->web},
          held_,
          controller_options(config_.current(), *client_, cpus),
          log
      ),
      signals_(*loop_),
      last_moment_(*loop_),
      reload_news_(loop_->get_executor())
{
    for (int number : {SIGTERM, SIGINT, SIGUSR1, SIGHUP})
        signals_.add(number);
    auto const& command = config_.current();
    if (command.leader_elect)
        election_.emplace(
            loop_->get_executor(),
            *client_,
            election_place(own_namespace(command, *client_)),
            command.leader_election,
            held_,
            log
        );
    else
        held_.hold_for_ever();
    if (command.instances_file.empty())
        return;
    instances_ = std::make_unique<instances::instance_keeper>(
        loop_->get_executor(),
        *client_,
        held_,
        control_.directory(),
        control_.crs(),
        control_.events(),
        command.instances_file,
        command.removal_delay,
        log
    );
    control_.on_crs_changed([this] { instances_->touch(); });
}

// --- the servers

result<void> controller_process::listen()
{
    auto const& command = config_.current();
    net::http_router metrics;
    metrics.get(
        "/metrics",
        [this](auto const&)
        {
            net::server_response page;
            page.content_type = metrics::exposition::content_type;
            metrics_sources const from{
                control_,
                *client_,
                *cloud_,
                held_,
                election_lease,
                election_ ? &*election_ : nullptr,
                webhooks_.get(),
                instances_.get(),
                process_,
                loop_meter_};
            page.body = metrics_page(from, steady_clock::now());
            return page;
        }
    );
    auto metrics_server = serve_pages(
        loop_->get_executor(),
        command.metrics_bind_address,
        "--metrics-bind-address",
        std::move(metrics),
        log_
    );
    if (!metrics_server)
        return metrics_server.error();
    metrics_server_ = std::move(*metrics_server);

    net::http_router probes;
    probes.get("/healthz", [this](auto const& request) { return health(request, false); });
    probes.get("/readyz", [this](auto const& request) { return health(request, true); });
    auto health_server = serve_pages(
        loop_->get_executor(),
        command.health_probe_bind_address,
        "--health-probe-bind-address",
        std::move(probes),
        log_
    );
    if (!health_server)
        return health_server.error();
    health_server_ = std::move(*health_server);
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
        loop_->get_executor(),
        *client_,
        held_,
        control_.crs(),
        control_.store(),
        [this] { return control_.is_synced(); },
        std::move(options),
        log_
    );
    if (auto listening = webhooks_->listen(**where); !listening)
        return error(listening.error().code, "--webhook-bind-address: " + listening.error().message());
    return {};
}

net::server_response controller_process::health(net::server_request const& request, bool is_readiness) const
{
    auto const limit = config_.current().controller.watcher.stall_limit();
    auto const checks =
        is_readiness ? readiness_checks(control_, webhooks_.get(), std::chrono::system_clock::now())
                     : liveness_checks(control_, webhooks_.get(), *client_, limit, steady_clock::now());
    return health_page(is_readiness ? "readyz" : "healthz", checks, request);
}

// --- the work

task<void> controller_process::work()
{
    task_group parts(loop_->get_executor());
    parts.spawn(client_->keep_identity_fresh(log_));
    parts.spawn(control_.watch());
    parts.spawn(lead_when_synced());
    parts.spawn(reload_when_asked());
    parts.spawn(measure_lag(loop_meter_));
    for (auto* server : {metrics_server_.get(), health_server_.get()})
        if (server != nullptr)
            parts.spawn(server->run());
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
    // A lease given up while a write of ours may still reach the server would let two write at a time.
    if (is_stopped && is_drained_ && election_)
        co_await election_->release();
}

task<void> controller_process::lead_when_synced()
{
    // Who cannot see the cluster must not keep the lease from one who can.
    co_await control_.synced();
    // A temporary of it would be destroyed twice by GCC 12.
    std::function<task<void>()> leading = [this] { return lead(); };
    if (election_)
        co_await election_->run(std::move(leading));
    else
        co_await lead();
}

task<void> controller_process::lead()
{
    task_group parts(loop_->get_executor());
    parts.spawn(control_.lead());
    if (webhooks_)
        parts.spawn(webhooks_->lead());
    if (instances_)
        parts.spawn(instances_->lead());
    co_await parts.join();
}

bool controller_process::run()
{
    auto ended = [this](std::exception_ptr failure)
    {
        note_end(failure);
        signals_.cancel();
        last_moment_.cancel();
    };
    asio::co_spawn(*loop_, work(), asio::bind_cancellation_slot(stop_.slot(), ended));
    asio::co_spawn(*loop_, obey_signals(), [this](std::exception_ptr failure) { note_end(failure); });
    if (!run_event_loop(*loop_, loop_meter_, max_turn_from_environment(), log_))
        failed_ = true;
    log_answers(log_, *client_);
    log_.info("stopped");
    return !failed_;
}

void controller_process::note_end(std::exception_ptr failure)
{
    if (log_failure(log_, failure))
        failed_ = true;
}

// --- signals

task<void> controller_process::obey_signals()
{
    for (;;)
    {
        auto const [ec, number] = co_await signals_.async_wait(use_tuple);
        if (ec)
            co_return;
        if (number == SIGUSR1)
            toggle_debug();
        else if (number == SIGHUP)
        {
            is_reload_asked_ = true;
            reload_news_.notify();
        }
        else if (is_stopping_)
        {
            log_.warning("ending at once", {{"signal", number}});
            std::_Exit(1);
        }
        else
        {
            log_.info("stopping", {{"signal", number}});
            is_stopping_ = true;
            asio::co_spawn(
                *loop_, stop_in_order(), [this](std::exception_ptr failure) { note_end(failure); }
            );
        }
    }
}

task<void> controller_process::stop_in_order()
{
    auto const grace = config_.current().shutdown_grace;
    last_moment_.expires_after(grace);
    last_moment_.async_wait(
        [this](boost::system::error_code ec)
        {
            if (ec)
                return;
            log_.warning("the grace is over; ending with something still under way");
            std::_Exit(0);
        }
    );
    is_drained_ = co_await drain(std::min(longest_drain, grace / 4));
    stop_.emit(asio::cancellation_type::terminal);
}

/// \return whether nothing of ours can reach the server any more.
task<bool> controller_process::drain(std::chrono::milliseconds limit)
{
    auto const begun = steady_clock::now();
    auto const rest = [&]
    { return std::chrono::duration_cast<std::chrono::milliseconds>(begun + limit - steady_clock::now()); };
    bool is_drained = co_await control_.drain(limit);
    if (webhooks_)
    {
        bool const is_webhook_drained = co_await webhooks_->drain(rest());
        is_drained = is_drained && is_webhook_drained;
    }
    if (instances_)
    {
        bool const is_instance_drained = co_await instances_->drain(rest());
        is_drained = is_drained && is_instance_drained;
    }
    co_return is_drained;
}

void controller_process::toggle_debug()
{
    if (level_before_debug_)
    {
        log_.info("log level debug is off");
        log_.set_level(*level_before_debug_);
        level_before_debug_.reset();
        return;
    }
    level_before_debug_ = log_.level();
    log_.set_level(log_level::debug);
    log_.info("log level debug is on; SIGUSR1 turns it off again");
}

// --- configuration at run time

task<void> controller_process::reload_when_asked()
{
    auto const& file = config_.current().config;
    auto known = stamp_of(file);
    settle_state settling(quiet);
    static_cast<void>(settling.is_settled(known, steady_clock::now(), std::chrono::system_clock::now()));
    auto next_look = steady_clock::now() + look_at_config;
    for (;;)
    {
        co_await reload_news_.wait_until(next_look);
        auto const state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            co_return;
        auto const now = steady_clock::now();
        next_look = now + look_at_config;
        auto const present = file.empty() ? known : stamp_of(file);
        bool const is_settled = settling.is_settled(present, now, std::chrono::system_clock::now());
        if (!is_settled)
            next_look = settling.next_look(now);
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
    if (level_before_debug_)
        level_before_debug_ = command.level;
    else
        log_.set_level(command.level);
    log_.set_format(command.format);
    client_->set_pace(command.client.qps, command.client.burst);
    control_.set_max_in_flight(command.controller.max_in_flight);
    control_.set_resync_period(command.controller.watcher.resync_period);
    if (instances_)
        instances_->set_removal_delay(command.removal_delay);
}

}  // namespace tcr::app
