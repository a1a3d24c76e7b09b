// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fixture.hpp"
#include "report.hpp"
#include "settings.hpp"

#include <memory>

namespace tcr::benchmark
{

/// Runs the measurements one after another, on a cluster with the webhook configurations.
class convergence_measurements
{
public:
    /// `settings` and `into` must outlive this object.
    convergence_measurements(convergence_settings const& settings, report& into);

    /// Throws if a Secret or reference is missing in the end, or if the controller ends too early.
    void run();

private:
    void measure_all();
    void make_load();
    void measure_raw();
    void measure_start();
    void measure_convergence();
    void measure_new_objects();
    void measure_edit();
    void measure_idleness();
    void measure_restart();
    void report_totals();

    convergence_settings const& settings_;
    report& report_;
    fixture fixture_;
    std::unique_ptr<confined_controller> first_controller_;  ///< ended; its control group still exists
    double raw_seconds_ = 0;
};

}  // namespace tcr::benchmark
