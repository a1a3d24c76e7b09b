// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "confined_controller.hpp"
#include "load.hpp"
#include "meter.hpp"
#include "report.hpp"

#include <string>

namespace tcr::benchmark
{

/// Begins a part of the report with one row per load.
void begin_loads(report& into, std::string const& key, std::string const& title);

/// Adds a row for a load. `used` must be created before the load; this function reads it after the load.
void add_load(
    report& into, std::string const& key, std::string const& what, load_figures const& load, meter const& used
);

/// Begins a part of the report about memory. Each row is a point in the life of the process.
void begin_memory(report& into, std::string const& key, std::string const& title);

/// Adds a row with the current memory of the controller.
void add_memory(
    report& into, std::string const& key, std::string const& what, confined_controller const& controller
);

}  // namespace tcr::benchmark
