// SPDX-License-Identifier: Apache-2.0

// Measures the cost of the admission webhooks: latency with and without a real API server, while the
// controller is idle and while it works; reviews per second; memory. Prints the measured values; no value
// makes the program fail. scripts/benchmark starts the sandbox with the webhook configurations and runs this
// program.

#include "measurements.hpp"
#include "program.hpp"

#include <stdexcept>

namespace
{

using namespace tcr::benchmark;

admission_settings read_settings(int argc, char** argv)
{
    admission_settings s;
    s.cpus = 0.1;
    s.memory_mib = 30;
    boost::program_options::options_description options("benchmark-admission");
    add_common_options(options, s);
    auto add = options.add_options();
    add("rate", number(s.rate), "ServiceAccounts, or reviews, a second");
    add("cr-rate", number(s.cr_rate), "ImagePullSecrets a second");
    add("seconds", number(s.seconds), "of each load at a steady rate");
    add("closed-seconds", number(s.closed_seconds), "of each load at the maximum rate");
    add("connections", number(s.connections), "kept open to measure memory; at most 250");
    parse(argc, argv, options, s);
    // With fewer namespaces, the controller's log does not report the end of work.
    if (s.namespaces < 100)
        throw std::runtime_error("--namespaces must be at least 100");
    return s;
}

void run(admission_settings const& s)
{
    report figures;
    auto set = to_json(s);
    set["rate"] = s.rate;
    set["cr_rate"] = s.cr_rate;
    set["seconds"] = s.seconds;
    set["closed_seconds"] = s.closed_seconds;
    set["connections"] = s.connections;
    begin_report(figures, std::move(set));
    admission_measurements measurements(s, figures);
    measurements.run();
    end_report(figures, s);
}

}  // namespace

int main(int argc, char** argv)
{
    return run_benchmark("benchmark-admission", [&] { run(read_settings(argc, argv)); });
}
