// What the admission webhooks cost: latency through a real API server and without it, quiet and while the controller
// works, reviews a second, and memory. Prints figures, judges nothing. scripts/benchmark starts the sandbox with the
// webhooks' configurations and calls this.

#include "measurements.hpp"

#include <boost/json.hpp>
#include <boost/program_options.hpp>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

namespace
{

namespace po = boost::program_options;
using namespace tcr::benchmark;

struct command
{
    admission_settings settings;
    std::string json_file;
};

command parse(int argc, char** argv)
{
    command asked;
    auto& s = asked.settings;
    po::options_description options("benchmark-admission");
    auto add = options.add_options();
    auto const number = [](auto& value) { return po::value(&value)->default_value(value); };
    add("kubeconfig", po::value(&s.kubeconfig)->required(), "administrator of the sandbox");
    add("controller", po::value(&s.controller.program)->required(), "program");
    add("api-port", po::value(&s.controller.api_port)->required(), "of the apiserver on 127.0.0.1");
    add("account-folder", po::value(&s.controller.account_folder)->required(), "the controller's token and CA"
    );
    add("log", po::value(&s.controller.log_file)->required(), "the controller's log");
    add("webhook-port", po::value(&s.webhook_port)->required(), "where the API server calls the webhooks");
    add("namespaces", number(s.namespaces), "how many; at least 100");
    add("accounts", number(s.accounts), "a namespace, \"default\" included");
    add("cpus", number(s.cpus), "CPU limit of the controller; 0: none");
    add("memory-mib", number(s.memory_mib), "memory limit; 0: none");
    add("rate", number(s.rate), "ServiceAccounts, or reviews, a second");
    add("cr-rate", number(s.cr_rate), "ImagePullSecrets a second");
    add("seconds", number(s.seconds), "of each load at a steady rate");
    add("closed-seconds", number(s.closed_seconds), "of each load as fast as it goes");
    add("connections", number(s.connections), "held open for the memory's sake; at most 250");
    add("json", po::value(&asked.json_file), "file that the JSON object is written to as well");
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, options), values);
    po::notify(values);
    // Of less work than that the controller's log tells no end.
    if (s.namespaces < 100)
        throw std::runtime_error("--namespaces must be at least 100");
    return asked;
}

void run(command const& asked)
{
    auto const& s = asked.settings;
    report figures;
    boost::json::object set;
    set["namespaces"] = s.namespaces;
    set["accounts"] = s.accounts;
    set["cpus"] = s.cpus;
    set["memory_mib"] = s.memory_mib;
    set["rate"] = s.rate;
    set["cr_rate"] = s.cr_rate;
    set["seconds"] = s.seconds;
    set["closed_seconds"] = s.closed_seconds;
    set["connections"] = s.connections;
    figures.say("settings: " + boost::json::serialize(set));
    figures.add("settings", std::move(set));

    admission_measurements measurements(s, figures);
    measurements.run();

    auto const text = boost::json::serialize(figures.figures());
    std::printf("\n%s\n", text.c_str());
    if (asked.json_file.empty())
        return;
    std::ofstream out(asked.json_file);
    out << text << "\n" << std::flush;
    if (!out)
        throw std::runtime_error("cannot write " + asked.json_file);
}

}  // namespace

int main(int argc, char** argv)
{
    try
    {
        std::setvbuf(stdout, nullptr, _IOLBF, 0);
        run(parse(argc, argv));
        return 0;
    }
    catch (std::exception const& e)
    {
        std::cerr << "benchmark-admission: " << e.what() << "\n";
        return 1;
    }
}
