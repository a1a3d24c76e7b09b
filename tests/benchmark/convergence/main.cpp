// SPDX-License-Identifier: Apache-2.0

// Measures the cost of the controller from its start to a restart: time, CPU, memory and calls, compared with
// the same writes by a plain client. Also measures how fast the controller serves new objects, while idle and
// during much work. Prints the measured values. Fails only if a Secret or reference is missing in the end, or
// if the controller ends too early. scripts/benchmark starts the sandbox with the webhook configurations and
// runs this program.

#include "measurements.hpp"
#include "program.hpp"
#include "settings.hpp"

#include <stdexcept>
#include <utility>

namespace
{

using namespace tcr::benchmark;
namespace po = boost::program_options;

convergence_settings read_settings(int argc, char** argv)
{
    convergence_settings s;
    po::options_description options("benchmark-convergence");
    add_common_options(options, s);
    auto add = options.add_options();
    add("image-pull-secrets",
        number(s.image_pull_secrets),
        "ImagePullSecrets, each of which matches everything");
    add("raw-connections", number(s.raw_connections), "of the raw replay");
    add("skip-raw", po::bool_switch(&s.skip_raw), "no raw replay");
    add("new-namespaces",
        number(s.new_namespaces),
        "new namespaces, and half as many new accounts, while idle");
    add("skip-fairness", po::bool_switch(&s.skip_fairness), "nothing new while it works");
    add("idle-seconds", number(s.idle_seconds), "duration of the measurement while idle");
    parse(argc, argv, options, s);
    if (s.namespaces == 0 || s.accounts == 0 || s.image_pull_secrets == 0)
        throw std::runtime_error("--namespaces, --accounts and --image-pull-secrets must be at least 1");
    return s;
}

void run(convergence_settings const& s)
{
    report figures;
    auto set = to_json(s);
    set["image_pull_secrets"] = s.image_pull_secrets;
    set["raw_connections"] = s.raw_connections;
    set["new_namespaces"] = s.new_namespaces;
    set["idle_seconds"] = s.idle_seconds;
    begin_report(figures, std::move(set));
    convergence_measurements measurements(s, figures);
    try
    {
        measurements.run();
    }
    catch (std::exception const& e)
    {
        // Prints the values measured so far, which may show the cause.
        figures.add("failure", e.what());
        end_report(figures, s);
        throw;
    }
    end_report(figures, s);
}

}  // namespace

int main(int argc, char** argv)
{
    return run_benchmark("benchmark-convergence", [&] { run(read_settings(argc, argv)); });
}
