#pragma once

#include "controller_process.hpp"
#include "report.hpp"

#include <boost/json/object.hpp>
#include <boost/program_options.hpp>

#include <cstddef>
#include <functional>
#include <string>

namespace tcr::benchmark
{

/// What every benchmark is told on its command line.
struct common_settings
{
    std::string kubeconfig;
    controller_process::place controller;
    unsigned short webhook_port = 0;
    std::size_t namespaces = 1000;
    std::size_t accounts = 5;
    std::string prefix = "bench-";  ///< of the namespaces' names, before a number from 0 on
    double cpus = 0;                ///< 0: no limit
    double memory_mib = 0;          ///< 0: no limit
    std::string json_file;          ///< empty: none
};

/// An option that takes a number, whose default is the number's present value.
template <class T>
auto number(T& value)
{
    return boost::program_options::value(&value)->default_value(value);
}

/// Adds the options for them. `s` must outlive the parsing, and its defaults are shown.
void add_common_options(boost::program_options::options_description& options, common_settings& s);

/// Reads the command line, and has the controller serve its webhooks where the settings say. Throws where it is wrong.
void parse(
    int argc, char** argv, boost::program_options::options_description const& options, common_settings& s
);

/// For the report.
boost::json::object to_json(common_settings const& s);

/// Says under which settings the figures came about.
void begin_report(report& figures, boost::json::object settings);

/// Writes the figures as one JSON object to standard output, and to the file that `s` names. Throws where that fails.
void end_report(report const& figures, common_settings const& s);

/// The body of `main`: runs the benchmark and tells what it throws. \return the exit status.
int run_benchmark(std::string const& name, std::function<void()> run);

}  // namespace tcr::benchmark
