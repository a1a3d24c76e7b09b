// SPDX-License-Identifier: Apache-2.0
#pragma once

// The process of `tcr-assistant controller`.

#include "cloud_access.hpp"
#include "health.hpp"
#include <tcr/admission/webhook_server.hpp>
#include <tcr/app/options.hpp>
#include <tcr/controller/cluster_view.hpp>
#include <tcr/controller/leader_session.hpp>
#include <tcr/instances/instance_controller.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/metrics/process_metrics.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/runtime/leader_election.hpp>
#include <tcr/runtime/leadership.hpp>
#include <tcr/util/file_stamp.hpp>

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcr::app
{

class service_process;

/// The controller as a process. It owns the view of the cluster, the election, the leader's work, the
/// webhooks and the pages.
///
/// On SIGTERM or SIGINT, the process stops issuing writes and waits for the writes in flight: at most 5 s, or
/// a quarter of `--shutdown-grace` if that is shorter. If no write is left, the process releases its lease.
/// Then `run` returns. If the shutdown takes longer than `--shutdown-grace`, the process exits with status 0.
///
/// SIGHUP, or a change of the configuration file, reloads the configuration.
class controller_process
{
public:
    /// \par Errors `kube::errc::bad_config`, unusable TLS files, or an address that cannot be bound.
    /// \par Lifetimes `log` must outlive the process.
    static result<std::unique_ptr<controller_process>> make(reloadable_config config, logger& log);
    ~controller_process();

    /// Runs the controller. \return see `service_process::run`.
    bool run();

private:
    /// The parts that exist only while this process leads.
    struct leader_work
    {
        controller::leader_session session;
        std::optional<instances::instance_controller> instances;  ///< nullopt without --instances-file
    };

    controller_process(
        reloadable_config config,
        logger& log,
        std::unique_ptr<service_process> service,
        std::unique_ptr<kube::client> client,
        std::unique_ptr<cloud_access> cloud,
        std::optional<double> cpus
    );

    result<void> listen();
    result<void> listen_for_reviews();
    std::string metrics() const;
    std::vector<health_check> health(bool is_readiness) const;

    task<void> work();
    task<void> lead_when_synced();
    void start_leading();
    task<void> lead();
    task<void> close_idle_connections();
    task<void> stop_writing();
    task<void> follow_config_file();
    void reload();

    reloadable_config config_;
    logger& log_;
    std::unique_ptr<service_process> service_;
    std::unique_ptr<kube::client> client_;
    metrics::process_metrics process_metrics_;
    runtime::leadership leadership_;
    runtime::fenced_client writes_;
    std::unique_ptr<cloud_access> cloud_;
    controller::cluster_view view_;
    std::unique_ptr<leader_work> leader_;  ///< null on a standby
    std::optional<runtime::leader_election> election_;
    std::unique_ptr<admission::webhook_server> webhooks_;  ///< null if the webhooks are turned off

    asio::steady_timer grace_timer_;
    file_stamp read_stamp_;  ///< stamp of the configuration file when it was last read
    bool is_drained_ = false;
};

}  // namespace tcr::app
