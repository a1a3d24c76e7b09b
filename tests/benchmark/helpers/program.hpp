// SPDX-License-Identifier: Apache-2.0
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

/// Command line options that all benchmarks share.
struct common_settings
{
    std::string kubeconfig;
    controller_process::place controller;
    unsigned short webhook_port = 0;
    std::size_t namespaces = 1000;
    std::size_t accounts = 5;
    std::string prefix = "bench-";  ///< prefix of the names of namespaces; a number from 0 follows
    double cpus = 0;                ///< 0: no limit
    double memory_mib = 0;          ///< 0: no limit
    std::string json_file;          ///< empty: no file
};

/// An option with a number. The default is the current value of `value`.
template <class T>
auto number(T& value)
{
    return boost::program_options::value(&value)->default_value(value);
}

/// Adds the common options. The values of `s` are the defaults. `s` must outlive the parsing.
void add_common_options(boost::program_options::options_description& options, common_settings& s);

/// Parses the command line. Sets the flags of the controller for its webhooks. Throws if the command line is
/// invalid.
void parse(
    int argc, char** argv, boost::program_options::options_description const& options, common_settings& s
);

/// Converts the settings for the report.
boost::json::object to_json(common_settings const& s);

/// Writes the settings at the beginning of the report.
void begin_report(report& figures, boost::json::object settings);

/// Writes the measured values as one JSON object to standard output and to the file that `s` names. Throws on
/// failure.
void end_report(report const& figures, common_settings const& s);

/// The body of `main`: runs the benchmark and reports exceptions. \return the exit status
int run_benchmark(std::string const& name, std::function<void()> run);

}  // namespace tcr::benchmark
