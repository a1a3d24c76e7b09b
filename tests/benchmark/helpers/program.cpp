// SPDX-License-Identifier: Apache-2.0
#include "program.hpp"

#include <boost/json.hpp>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace tcr::benchmark
{

namespace po = boost::program_options;

void add_common_options(po::options_description& options, common_settings& s)
{
    auto add = options.add_options();
    add("kubeconfig", po::value(&s.kubeconfig)->required(), "administrator of the sandbox");
    add("controller", po::value(&s.controller.program)->required(), "program");
    add("api-port", po::value(&s.controller.api_port)->required(), "of the apiserver on 127.0.0.1");
    add("account-folder", po::value(&s.controller.account_folder)->required(), "the controller's token and CA"
    );
    add("log", po::value(&s.controller.log_file)->required(), "the controller's log");
    add("webhook-port", po::value(&s.webhook_port)->required(), "where the API server calls the webhooks");
    add("metrics-port", po::value(&s.controller.metrics_port)->required(), "of the controller's metrics");
    add("health-port", po::value(&s.controller.health_port)->required(), "of the controller's probes");
    add("namespaces", number(s.namespaces), "how many");
    add("accounts", number(s.accounts), "a namespace, \"default\" included");
    add("cpus", number(s.cpus), "CPU limit of the controller; 0: none");
    add("memory-mib", number(s.memory_mib), "memory limit; 0: none");
    add("json", po::value(&s.json_file), "file that the JSON object is written to as well");
}

void parse(int argc, char** argv, po::options_description const& options, common_settings& s)
{
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, options), values);
    po::notify(values);
    s.controller.flags = {"--webhook-bind-address=127.0.0.1:" + std::to_string(s.webhook_port)};
}

boost::json::object to_json(common_settings const& s)
{
    boost::json::object set;
    set["namespaces"] = s.namespaces;
    set["accounts"] = s.accounts;
    set["cpus"] = s.cpus;
    set["memory_mib"] = s.memory_mib;
    return set;
}

void begin_report(report& figures, boost::json::object settings)
{
    figures.print("settings: " + boost::json::serialize(settings));
    figures.add("settings", std::move(settings));
}

void end_report(report const& figures, common_settings const& s)
{
    auto const text = boost::json::serialize(figures.figures());
    std::printf("\n%s\n", text.c_str());
    if (s.json_file.empty())
        return;
    std::ofstream out(s.json_file);
    out << text << "\n" << std::flush;
    if (!out)
        throw std::runtime_error("cannot write " + s.json_file);
}

int run_benchmark(std::string const& name, std::function<void()> run)
{
    try
    {
        std::setvbuf(stdout, nullptr, _IOLBF, 0);
        run();
        return 0;
    }
    catch (std::exception const& e)
    {
        std::cerr << name << ": " << e.what() << "\n";
        return 1;
    }
}

}  // namespace tcr::benchmark
