#pragma once

#include "api_server.hpp"
#include "cluster_load.hpp"
#include "confined_controller.hpp"
#include "program.hpp"
#include "report.hpp"
#include "webhook_caller.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tcr::benchmark
{

struct admission_settings : common_settings
{
    double rate = 50;           ///< ServiceAccounts, and reviews sent to the webhooks themselves, a second
    double cr_rate = 20;        ///< ImagePullSecrets a second
    double seconds = 20;        ///< of each load at a steady rate
    double closed_seconds = 5;  ///< of each load as fast as it goes
    std::size_t connections = 200;
};

/// The measurements, one after another, on a cluster to which the webhooks' configurations are applied.
class admission_measurements
{
public:
    admission_measurements(admission_settings settings, report& into);

    void run();

private:
    std::unique_ptr<confined_controller> start_controller();
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
    confined_controller const* running_ = nullptr;  ///< the last that was started
    unsigned controllers_ = 0;                      ///< started so far
};

}  // namespace tcr::benchmark
