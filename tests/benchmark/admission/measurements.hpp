// SPDX-License-Identifier: Apache-2.0
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
    double rate = 50;           ///< rate of ServiceAccounts and of direct reviews, per second
    double cr_rate = 20;        ///< rate of ImagePullSecrets, per second
    double seconds = 20;        ///< duration in s of each load at a steady rate
    double closed_seconds = 5;  ///< duration in s of each load at the maximum rate
    std::size_t connections = 200;
};

/// The measurements, one after another, on a cluster with the webhook configurations.
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

    /// Measures one load and adds a row. First runs a warm-up that is not counted, then calls `just_before`,
    /// then runs the load.
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
    confined_controller const* running_ = nullptr;  ///< the controller that was started last
    unsigned controllers_ = 0;                      ///< number of controllers started so far
};

}  // namespace tcr::benchmark
