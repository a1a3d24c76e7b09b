#pragma once

#include "confined_controller.hpp"
#include "load.hpp"
#include "meter.hpp"
#include "report.hpp"

#include <string>

namespace tcr::benchmark
{

/// A part of the report whose rows are loads.
void begin_loads(report& into, std::string const& key, std::string const& title);

/// A row. `used` was made before the load, and is read now.
void add_load(
    report& into, std::string const& key, std::string const& what, load_figures const& load, meter const& used
);

/// A part of the report whose rows are moments in a process's life.
void begin_memory(report& into, std::string const& key, std::string const& title);

/// A row: its memory now.
void add_memory(
    report& into, std::string const& key, std::string const& what, confined_controller const& controller
);

}  // namespace tcr::benchmark
