// SPDX-License-Identifier: Apache-2.0
#include "option.hpp"

#include <tcr/kube/errc.hpp>
#include <tcr/kube/names.hpp>
#include <tcr/net/http_server.hpp>

#include <cmath>
#include <optional>

namespace tcr::app
{

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace
{

/// Sets `value` to the parsed value; if there is none, returns an error with `problem`.
template <class T, class Parsed>
result<void> take_parsed(std::optional<Parsed> const& parsed, T& value, std::string problem = {})
{
    if (!parsed)
        return error(kube::errc::bad_config, std::move(problem));
    value = *parsed;
    return {};
}

}  // namespace

result<void> parse_value(std::string const& text, std::string& value)
{
    value = text;
    return {};
}

result<void> parse_value(std::string const& text, std::filesystem::path& value)
{
    value = text;
    return {};
}

result<void> parse_value(std::string const& text, std::vector<std::string>& value)
{
    auto const names = split_names(text);
    value.assign(names.begin(), names.end());
    return {};
}

result<void> parse_value(std::string const& text, bool& value)
{
    value = text == "true";
    if (!value && text != "false")
        return error(kube::errc::bad_config, "is neither true nor false; write one of them");
    return {};
}

result<void> parse_value(std::string const& text, std::size_t& value)
{
    return take_parsed(parse_u64(text), value);
}

result<void> parse_value(std::string const& text, double& value)
{
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    // Refuse "nan" and "inf": from_chars accepts both, but they are not usable as rates.
    if (ec != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return error(kube::errc::bad_config);
    return {};
}

result<void> parse_value(std::string const& text, milliseconds& value)
{
    auto const parsed = parse_duration(text);
    if (!parsed)
        return parsed.error();
    value = *parsed;
    return {};
}

result<void> parse_value(std::string const& text, seconds& value)
{
    milliseconds exact{};
    if (auto const parsed = parse_value(text, exact); !parsed)
        return parsed;
    value = std::chrono::floor<seconds>(exact);
    if (value != exact)
        return error(kube::errc::bad_config, "is not in whole seconds; write " + to_text(value + seconds(1)));
    return {};
}

result<void> parse_value(std::string const& text, log_level& value)
{
    return take_parsed(
        parse_log_level(text), value, "is none of debug, info, warning, error; write one of them"
    );
}

result<void> parse_value(std::string const& text, log_format& value)
{
    return take_parsed(parse_log_format(text), value, "is none of text, json; write one of them");
}

result<void> parse_value(std::string const& text, output_format& value)
{
    for (auto const each : {output_format::table, output_format::json, output_format::yaml})
        if (text == name_of(each))
        {
            value = each;
            return {};
        }
    return error(kube::errc::bad_config, "is none of table, json, yaml; write one of them");
}

value_range<std::string> const bind_address{
    "is not an address; write ADDRESS:PORT, :PORT for every address, or 0 to turn the server off",
    [](std::string const& text) { return net::parse_bind_address(text).has_value(); }};

value_range<std::string> const namespace_name{
    "is not a namespace name; write small letters, digits and dashes, at most 63",
    [](std::string const& name) { return name.empty() || kube::is_label_name(name); }};

value_range<milliseconds> const above_zero{
    "is too short; write more than 0s", [](milliseconds const& time) { return time.count() > 0; }};

value_range<std::filesystem::path> const nonempty_path{
    "is not a path; write the path of a file",
    [](std::filesystem::path const& file) { return !file.empty(); }};

void add_cluster_options(std::vector<option>& options, kube::config_source& cluster)
{
    options.insert(
        options.end(),
        {{"kubeconfig",
          "FILE",
          "kubeconfig file; default $KUBECONFIG, else the pod's service account",
          cluster.kubeconfig},
         {"context", "NAME", "context of the kubeconfig; default its current-context", cluster.context}}
    );
}

void add_user_cluster_options(std::vector<option>& options, kube::config_source& cluster)
{
    auto const kubeconfig = options.size();
    add_cluster_options(options, cluster);
    options[kubeconfig].help += ", else ~/.kube/config";
}

void add_namespace_option(std::vector<option>& options, std::string const& owner, std::string& ns)
{
    options.emplace_back(
        "namespace",
        "NAME",
        "namespace of " + owner + "; default the pod's own, else tcr-assistant-system",
        ns,
        namespace_name
    );
}

void add_output_option(std::vector<option>& options, output_format& output)
{
    options.emplace_back("output,o", "table|json|yaml", "output format", output);
}

void add_page_options(std::vector<option>& options, std::string& metrics_address, std::string& health_address)
{
    options.insert(
        options.end(),
        {{"metrics-bind-address",
          "ADDRESS",
          "address that serves /metrics, ADDRESS:PORT or :PORT; 0 turns it off",
          metrics_address,
          bind_address},
         {"health-probe-bind-address",
          "ADDRESS",
          "address that serves /healthz and /readyz, ADDRESS:PORT or :PORT; 0 turns it off",
          health_address,
          bind_address}}
    );
}

void add_log_options(std::vector<option>& options, log_level& level, log_format& format, effect change)
{
    options.insert(
        options.end(),
        {{"log-level", "LEVEL", "debug, info, warning or error", level, {}, change},
         {"log-format", "FORMAT", "text or json", format, {}, change}}
    );
}

}  // namespace tcr::app
