#include <tcr/app/options.hpp>
#include <tcr/kube/errc.hpp>

#include <boost/program_options.hpp>

#include <cmath>
#include <sstream>

namespace tcr::app
{
namespace
{

namespace po = boost::program_options;

/// The options with the defaults of the structs they fill.
po::options_description describe(controller_command& command, std::string& level, std::string& format)
{
    auto& in_flight = command.controller.max_in_flight;
    auto& client = command.client;
    po::options_description options("Options of tcr-assistant controller", 110, 55);
    auto add = options.add_options();
    add("help", po::bool_switch(&command.help), "print this and exit");
    add("kubeconfig",
        po::value<std::string>()->value_name("FILE")->notifier([&](auto const& file)
                                                               { command.cluster.kubeconfig = file; }),
        "how to reach the cluster; else $KUBECONFIG, else the pod's own service account");
    add("context",
        po::value(&command.cluster.context)->value_name("NAME"),
        "context of the kubeconfig; default its current-context");
    add("kube-api-qps",
        po::value(&client.qps)->value_name("N")->default_value(client.qps),
        "requests a second to the API server at most; 0: no limit of ours, the server's own priority and "
        "fairness decides");
    add("kube-api-burst",
        po::value(&client.burst)->value_name("N")->default_value(client.burst),
        "requests that may go at once before --kube-api-qps binds");
    add("max-in-flight",
        po::value(&in_flight)->value_name("N")->default_value(in_flight),
        "namespaces worked on at a time, one request each (1 to 256)");
    add("log-level",
        po::value(&level)->value_name("LEVEL")->default_value("info"),
        "debug, info, warning or error");
    add("log-format", po::value(&format)->value_name("FORMAT")->default_value("text"), "text or json");
    return options;
}

error usage(std::string text)
{
    return error(kube::errc::bad_config, std::move(text));
}

}  // namespace

result<controller_command> parse_controller(std::vector<std::string> const& words)
{
    controller_command command;
    std::string level;
    std::string format;
    try
    {
        po::variables_map values;
        auto const options = describe(command, level, format);
        auto const style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
        // No positional option is known, so a stray word is an error too.
        po::positional_options_description none;
        po::store(
            po::command_line_parser(words).options(options).positional(none).style(style).run(), values
        );
        po::notify(values);
    }
    catch (po::error const& e)
    {
        return usage(e.what());
    }
    auto const parsed_level = parse_log_level(level);
    if (!parsed_level)
        return usage("--log-level: '" + level + "' is none of debug, info, warning, error");
    command.level = *parsed_level;
    auto const parsed_format = parse_log_format(format);
    if (!parsed_format)
        return usage("--log-format: '" + format + "' is none of text, json");
    command.format = *parsed_format;
    if (command.controller.max_in_flight < 1 || command.controller.max_in_flight > 256)
        return usage("--max-in-flight: give a number from 1 to 256");
    // "nan" and "inf" are read as numbers too, and no pace can be kept with them.
    auto const& client = command.client;
    if (!std::isfinite(client.qps) || client.qps < 0 || !std::isfinite(client.burst) || client.burst < 1)
        return usage("--kube-api-qps must be a number and not negative, --kube-api-burst at least 1");
    return command;
}

std::string controller_help()
{
    controller_command command;
    std::string level;
    std::string format;
    std::ostringstream text;
    text << describe(command, level, format);
    return text.str();
}

}  // namespace tcr::app
