#include "code_pages.hpp"
#include "own_namespace.hpp"
#include "page_server.hpp"
#include "task_end.hpp"
#include <tcr/app/hosts_page.hpp>
#include <tcr/app/hosts_process.hpp>
#include <tcr/metrics/exposition.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <utility>

namespace tcr::app
{
namespace
{

using steady_clock = std::chrono::steady_clock;

kube::resource const config_maps{"", "v1", "configmaps"};

hosts::updater_options updater_options(hosts_command const& command)
{
    hosts::updater_options options;
    options.file.file = command.hosts_file;
    options.file.state_folder = command.state_dir;
    if (!command.check_dns)
        options.name_limit = std::chrono::milliseconds(0);
    return options;
}

/// After a start, and then now and then: the agent is idle nearly always.
task<void> stay_small()
{
    constexpr std::chrono::seconds started{3};
    constexpr std::chrono::minutes now_and_then{10};
    co_await sleep_for(started);
    for (;;)
    {
        release_code_pages();
        co_await sleep_for(now_and_then);
    }
}

bool needs_cluster(hosts_command const& command)
{
    return command.config.empty() && !command.remove;
}

}  // namespace

result<std::unique_ptr<hosts_process>> hosts_process::make(hosts_command command, logger& log)
{
    auto loop = std::make_unique<asio::io_context>(1);
    std::unique_ptr<kube::client> client;
    std::string source = command.remove ? "none" : command.config.string();
    if (needs_cluster(command))
    {
        auto cluster = kube::load_config(command.cluster);
        if (!cluster)
            return cluster.error();
        source = cluster->source;
        kube::client_options options;
        options.longest_gap = runtime::watcher_options().stall_limit() / 2;
        auto made = kube::client::make(loop->get_executor(), std::move(*cluster), command.cluster, options);
        if (!made)
            return made.error();
        client = std::move(*made);
    }
    log.info(
        "starting",
        {{"version", TCR_VERSION}, {"hosts_file", command.hosts_file.string()}, {"configuration", source}}
    );
    if (!command.remove)
        log.warning("entries in hosts files are for tests: where PrivateDNS is offered, prefer it");
    std::unique_ptr<hosts_process> process(
        new hosts_process(std::move(command), log, std::move(loop), std::move(client))
    );
    if (!process->is_one_shot())
        if (auto listening = process->listen(); !listening)
            return listening.error();
    return process;
}

hosts_process::hosts_process(
    hosts_command command,
    logger& log,
    std::unique_ptr<asio::io_context> loop,
    std::unique_ptr<kube::client> client
)
    : command_(std::move(command)),
      log_(log),
      loop_(std::move(loop)),
      client_(std::move(client)),
      updater_(loop_->get_executor(), updater_options(command_), log),
      config_map_(
          own_namespace(),
          command_.config_map,
          [this](result<hosts::hosts_config> wish) { updater_.want(std::move(wish)); }
      ),
      unreadable_(log),
      signals_(*loop_)
{
    for (int number : {SIGTERM, SIGINT, SIGUSR1})
        signals_.add(number);
    if (is_one_shot())
        return;
    if (client_)
        watch_.emplace(
            *client_,
            config_maps,
            config_map_selection(),
            config_map_,
            unreadable_,
            runtime::watcher_options(),
            log_,
            [this]
            {
                if (!config_map_.is_there())
                    log_.info("there is no such ConfigMap", {{"name", command_.config_map}});
            }
        );
    else
        follow_.emplace(
            loop_->get_executor(),
            command_.config,
            [this](result<hosts::hosts_config> wish) { updater_.want(std::move(wish)); }
        );
}

std::string hosts_process::own_namespace() const
{
    return app::own_namespace(
        command_.own_namespace, client_ ? client_->config().pod_namespace : std::string()
    );
}

kube::selection hosts_process::config_map_selection() const
{
    kube::selection which;
    which.ns = own_namespace();
    which.field_selector = "metadata.name=" + command_.config_map;
    return which;
}

// --- the servers

result<void> hosts_process::listen()
{
    net::http_router metrics;
    metrics.get(
        "/metrics",
        [this](auto const&)
        {
            net::server_response page;
            page.content_type = metrics::exposition::content_type;
            page.body = hosts_metrics_page(
                updater_.statistics(),
                client_.get(),
                watch_ ? &*watch_ : nullptr,
                process_,
                steady_clock::now()
            );
            return page;
        }
    );
    auto metrics_server = serve_pages(
        loop_->get_executor(),
        command_.metrics_bind_address,
        "--metrics-bind-address",
        std::move(metrics),
        log_
    );
    if (!metrics_server)
        return metrics_server.error();
    metrics_server_ = std::move(*metrics_server);

    net::http_router probes;
    probes.get(
        "/healthz", [this](auto const& request) { return health_page("healthz", health(false), request); }
    );
    probes.get(
        "/readyz", [this](auto const& request) { return health_page("readyz", health(true), request); }
    );
    auto health_server = serve_pages(
        loop_->get_executor(),
        command_.health_probe_bind_address,
        "--health-probe-bind-address",
        std::move(probes),
        log_
    );
    if (!health_server)
        return health_server.error();
    health_server_ = std::move(*health_server);
    return {};
}

/// A hosts file that cannot be written is not ours to cure by a restart: it makes the agent unready, no more.
std::vector<health_check> hosts_process::health(bool is_readiness) const
{
    std::vector<health_check> checks{{"ping", {}}};
    if (is_readiness)
        checks.push_back({"hosts-file", updater_.problem()});
    else if (watch_)
        checks.push_back(watch_check(
            watch_->name(), *watch_, *client_, runtime::watcher_options().stall_limit(), steady_clock::now()
        ));
    return checks;
}

// --- the work

task<void> hosts_process::work()
{
    if (is_one_shot())
    {
        co_await apply_once();
        co_return;
    }
    task_group parts(loop_->get_executor());
    parts.spawn(updater_.run());
    parts.spawn(stay_small());
    if (client_)
        parts.spawn(client_->keep_identity_fresh(log_));
    if (watch_)
        parts.spawn(watch_->run());
    if (follow_)
        parts.spawn(follow_->run());
    for (auto* server : {metrics_server_.get(), health_server_.get()})
        if (server != nullptr)
            parts.spawn(server->run());
    co_await parts.join();
}

task<void> hosts_process::apply_once()
{
    auto const learned = co_await learn_once();
    if (!learned)
    {
        log_.error("nothing is changed", {{"why", learned.error().message()}});
        status_ = 1;
        co_return;
    }
    auto const done = co_await updater_.apply();
    if (!done && updater_.has_wish())
        status_ = 1;
    else if (!updater_.is_config_clean())
        status_ = 2;
}

/// Has the updater know what is wanted, or why that cannot be used. \par Errors those of the API server.
task<result<void>> hosts_process::learn_once()
{
    if (command_.remove)
        updater_.want(hosts::hosts_config());
    else if (!command_.config.empty())
        updater_.want(hosts::read_hosts_config(command_.config));
    else
    {
        auto const which = config_map_selection();
        config_map_.begin_list();
        auto listed = co_await client_->list(config_maps, which, config_map_, "cannot read the ConfigMap");
        if (!listed)
            co_return listed;
        // Newer than any: the list was complete, and what it did not show is not there.
        config_map_.end_list(std::numeric_limits<std::uint64_t>::max());
    }
    co_return result<void>();
}

int hosts_process::run()
{
    auto ended = [this](std::exception_ptr failure)
    {
        note_end(failure);
        signals_.cancel();
        // An open question to DNS would keep the loop turning.
        if (updater_.is_asking())
            loop_->stop();
    };
    asio::co_spawn(*loop_, work(), asio::bind_cancellation_slot(stop_.slot(), ended));
    asio::co_spawn(*loop_, obey_signals(), [this](std::exception_ptr failure) { note_end(failure); });
    loop_->run();
    if (!is_one_shot())
        log_.info("stopped; the block stays");
    return status_;
}

void hosts_process::note_end(std::exception_ptr failure)
{
    if (log_failure(log_, failure))
        status_ = 1;
}

// --- signals

task<void> hosts_process::obey_signals()
{
    bool is_stopping = false;
    for (;;)
    {
        auto const [ec, number] = co_await signals_.async_wait(use_tuple);
        if (ec)
            co_return;
        if (number == SIGUSR1)
            toggle_debug();
        else if (is_stopping)
            std::_Exit(1);
        else
        {
            // A write of the file runs to its end before the loop gets here.
            log_.info("stopping", {{"signal", number}});
            is_stopping = true;
            stop_.emit(asio::cancellation_type::terminal);
        }
    }
}

void hosts_process::toggle_debug()
{
    is_debugging_ = !is_debugging_;
    log_.set_level(is_debugging_ ? log_level::debug : command_.level);
    log_.info(is_debugging_ ? "log level debug is on; SIGUSR1 turns it off again" : "log level debug is off");
}

}  // namespace tcr::app
