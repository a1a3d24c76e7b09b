#pragma once

#include "cgroup.hpp"
#include "controller_process.hpp"
#include "load.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace tcr::benchmark
{

/// What the controller's control group used since the meter was made.
class meter
{
public:
    explicit meter(cgroup const& group);
    double seconds() const;
    double cpu_seconds() const;
    double throttled_seconds() const;

private:
    cgroup const& group_;
    std::chrono::steady_clock::time_point begun_;
    double cpu_before_;
    double throttled_before_;
};

/// The figures: a table for people that grows on standard output, and the same as one JSON object.
class report
{
public:
    /// A line of its own.
    void say(std::string const& text) const;

    /// A part of the table, and of the JSON object.
    void begin_loads(std::string const& key, std::string const& title);

    /// A row. `used` was made before the load, and is read now.
    void add_load(
        std::string const& key, std::string const& what, load_figures const& load, meter const& used
    );

    void begin_memory(std::string const& key, std::string const& title);
    void add_memory(
        std::string const& key,
        std::string const& what,
        controller_process const& controller,
        cgroup const& group
    );

    /// One figure or setting beside the tables.
    void add(std::string const& key, boost::json::value value);

    boost::json::object const& figures() const { return figures_; }

private:
    boost::json::object& part() { return figures_[part_].as_object(); }

    std::string part_;
    boost::json::object figures_;
};

}  // namespace tcr::benchmark
