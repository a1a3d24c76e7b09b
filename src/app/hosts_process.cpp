// SPDX-License-Identifier: Apache-2.0
#include "hosts_process.hpp"

#include "hosts_page.hpp"
#include "idle_memory.hpp"
#include "own_namespace.hpp"
#include "service_process.hpp"
#include <tcr/util/task_group.hpp>

#include <cstdint>
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
        options.dns_timeout = std::chrono::milliseconds(0);
    return options;
}

/// Reduces the process's memory 3 s after the start, then every 10 min, because the process is nearly always
/// idle.
task<void> release_memory()
{
    constexpr std::chrono::seconds start_time{3};
    constexpr std::chrono::minutes interval{10};
    co_await sleep_for(start_time);
    for (;;)
    {
        release_idle_memory();
        co_await sleep_for(interval);
    }
}

bool needs_cluster(hosts_command const& command)
{
    return command.config.empty() && !command.remove;
}

}  // namespace

result<std::unique_ptr<hosts_process>> hosts_process::make(hosts_command command, logger& log)
{
    auto service = std::make_unique<service_process>(log, false);
    std::unique_ptr<kube::client> client;
    std::string source = command.remove ? "none" : command.config.string();
    if (needs_cluster(command))
    {
        auto cluster = kube::load_config(command.cluster);
        if (!cluster)
            return cluster.error();
        source = cluster->source;
        kube::client_options options;
        options.max_gap = runtime::watcher_options().stall_limit() / 2;
        auto made = kube::client::make(service->executor(), std::move(*cluster), options, command.cluster);
        if (!made)
            return made.error();
        client = std::move(*made);
    }
    log.info(
        "starting the hosts updater",
        {{"version", TCR_VERSION}, {"hosts_file", command.hosts_file.string()}, {"configuration", source}}
    );
    if (!command.remove)
        log.warning("entries in hosts files are for tests; prefer PrivateDNS where it is available");
    std::unique_ptr<hosts_process> process(
        new hosts_process(std::move(command), log, std::move(service), std::move(client))
    );
    if (!process->is_one_shot())
        if (auto listening = process->listen(); !listening)
            return listening.error();
    return process;
}

hosts_process::hosts_process(
    hosts_command command,
    logger& log,
    std::unique_ptr<service_process> service,
    std::unique_ptr<kube::client> client
)
    : command_(std::move(command)),
      log_(log),
      service_(std::move(service)),
      client_(std::move(client)),
      updater_(service_->executor(), updater_options(command_), log),
      config_map_(
          own_namespace(),
          command_.config_map,
          [this](result<hosts::hosts_config> config) { updater_.set_config(std::move(config)); }
      ),
      quarantine_(log)
{
    if (is_one_shot())
        return;
    if (client_)
        watch_.emplace(
            *client_,
            config_maps,
            config_map_selection(),
            config_map_,
            quarantine_,
            runtime::watcher_options(),
            log_,
            [this]
            {
                if (!config_map_.exists())
                    log_.info("the ConfigMap does not exist", {{"name", command_.config_map}});
            }
        );
    else
        config_file_.emplace(
            service_->executor(),
            command_.config,
            [this](result<hosts::hosts_config> config) { updater_.set_config(std::move(config)); }
        );
}

hosts_process::~hosts_process() = default;

std::string hosts_process::own_namespace() const
{
    return app::own_namespace(
        command_.own_namespace, client_ ? client_->config().pod_namespace : std::string()
    );
}

kube::selection hosts_process::config_map_selection() const
{
    return kube::select_object(command_.config_map, own_namespace());
}

// --- pages

result<void> hosts_process::listen()
{
    return service_->listen(
        {command_.metrics_bind_address,
         command_.health_probe_bind_address,
         [this] { return metrics(); },
         [this](bool is_readiness) { return health(is_readiness); }}
    );
}

std::string hosts_process::metrics() const
{
    return hosts_metrics_page(
        updater_.statistics(),
        client_.get(),
        watch_ ? &*watch_ : nullptr,
        process_metrics_,
        steady_clock::now()
    );
}

/// The checks of /healthz or, if `is_readiness`, of /readyz. While the configuration is not in the hosts
/// file, only /readyz fails, because a restart would not help.
std::vector<health_check> hosts_process::health(bool is_readiness) const
{
    std::vector<health_check> checks{{"ping", {}}};
    if (is_readiness)
        checks.push_back({"hosts-file", updater_.problem()});
    else if (watch_)
        checks.push_back(watch_check(
            watch_->name(),
            watch_->summary(),
            *client_,
            runtime::watcher_options().stall_limit(),
            steady_clock::now()
        ));
    return checks;
}

// --- the work

task<void> hosts_process::work()
{
    if (is_one_shot())
    {
        co_await apply_configuration_once();
        co_return;
    }
    task_group parts(service_->executor());
    parts.spawn(updater_.run());
    parts.spawn(release_memory());
    if (client_)
        parts.spawn(client_->keep_identity_fresh(log_));
    if (watch_)
        parts.spawn(watch_->run());
    if (config_file_)
        parts.spawn(config_file_->run());
    service_->spawn_servers(parts);
    co_await parts.join();
}

task<void> hosts_process::apply_configuration_once()
{
    auto const listed = co_await read_configuration_once();
    if (!listed)
    {
        log_.error(
            "cannot read the hosts' configuration; the hosts file stays unchanged",
            {{"error", listed.error().message()}}
        );
        status_ = 1;
        co_return;
    }
    auto const done = co_await updater_.apply();
    if (!done && updater_.has_config())
        status_ = 1;
    else if (!updater_.is_config_clean())
        status_ = 2;
}

/// Reads the configuration and passes it, or the reason why it is unusable, to the updater. With --remove,
/// passes a configuration without entries. \par Errors those of the API server.
task<result<void>> hosts_process::read_configuration_once()
{
    if (command_.remove)
        updater_.set_config(hosts::hosts_config());
    else if (!command_.config.empty())
        updater_.set_config(hosts::read_hosts_config(command_.config));
    else
    {
        auto const which = config_map_selection();
        config_map_.begin_list();
        auto listed = co_await client_->list(config_maps, which, config_map_, "cannot read the ConfigMap");
        if (!listed)
            co_return listed;
        // Use the max version, so that the ConfigMap counts as deleted if the list lacks it.
        config_map_.end_list(std::numeric_limits<std::uint64_t>::max());
    }
    co_return result<void>();
}

int hosts_process::run()
{
    if (!service_->run(work(), service_hooks()))
        status_ = 1;
    if (!is_one_shot())
        log_.info("stopped the hosts updater; the block stays in the hosts file");
    return status_;
}

}  // namespace tcr::app
