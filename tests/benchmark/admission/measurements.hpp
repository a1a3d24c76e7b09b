#pragma once

#include "api_server.hpp"
#include "cgroup.hpp"
#include "cluster_load.hpp"
#include "controller_process.hpp"
#include "report.hpp"
#include "webhook_caller.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tcr::benchmark
{

struct admission_settings
{
    std::string kubeconfig;
    controller_process::place controller;
    std::size_t namespaces = 1000;
    std::size_t accounts = 5;
    std::string prefix = "bench-";
    double cpus = 0.1;
    double memory_mib = 30;
    double rate = 50;           ///< ServiceAccounts, and reviews sent to the webhooks themselves, a second
    double cr_rate = 20;        ///< ImagePullSecrets a second
    double seconds = 20;        ///< of each load at a steady rate
    double closed_seconds = 5;  ///< of each load as fast as it goes
    std::size_t connections = 200;
    unsigned short webhook_port = 0;
};

/// The measurements, one after another, on a cluster to which the webhooks' configurations are applied.
class admission_measurements
{
public:
    admission_measurements(admission_settings settings, report& into);

    void run();

private:
    struct run_of_controller;

    std::unique_ptr<run_of_controller> start_controller();
    void require(std::size_t namespaces);

    void measure_quiet();
    void measure_fastest();
    void measure_busy(controller_process& controller);
    void measure_memory();

    /// One row: first what warms up and does not count, then `just_before`, then the load.
    void measure(
        std::string const& key,
        std::string const& what,
        double rate,
        call const& make,
        std::function<void()> just_before = {}
    );

    admission_settings settings_;
    report& report_;
    asio::io_context loop_{1};
    cluster_load cluster_;
    api_server server_;
    std::unique_ptr<webhook_caller> webhook_;
    cgroup const* group_ = nullptr;  ///< of the controller that runs
    unsigned controllers_ = 0;       ///< started so far
};

}  // namespace tcr::benchmark
