#include "option_table.hpp"

#include <tcr/kube/errc.hpp>
#include <tcr/kube/names.hpp>
#include <tcr/net/http_server.hpp>
#include <tcr/util/duration.hpp>
#include <tcr/util/strings.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <type_traits>

namespace tcr::app
{
namespace
{

namespace fs = std::filesystem;

using std::chrono::milliseconds;
using std::chrono::seconds;

// Values from text and back. Where `parse` refuses one without a word, the option's own `wanted` says it.

error unusable(std::string why = {})
{
    return error(kube::errc::bad_config, std::move(why));
}

template <class T>
result<T> found(std::optional<T> value)
{
    if (!value)
        return unusable();
    return *value;
}

template <class T>
result<T> parse(std::string const& text);

template <>
result<std::string> parse(std::string const& text)
{
    return text;
}

template <>
result<fs::path> parse(std::string const& text)
{
    return fs::path(text);
}

template <>
result<std::vector<std::string>> parse(std::string const& text)
{
    std::vector<std::string> names;
    for (auto const name : split_names(text))
        names.emplace_back(name);
    return names;
}

template <>
result<bool> parse(std::string const& text)
{
    if (text != "true" && text != "false")
        return unusable();
    return text == "true";
}

template <>
result<std::size_t> parse(std::string const& text)
{
    return found<std::size_t>(parse_u64(text));
}

template <>
result<double> parse(std::string const& text)
{
    double value = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    // "nan" and "inf" are read as numbers too, and no pace can be kept with them.
    if (ec != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return unusable();
    return value;
}

template <>
result<milliseconds> parse(std::string const& text)
{
    return parse_duration(text);
}

template <>
result<seconds> parse(std::string const& text)
{
    auto const exact = parse_duration(text);
    if (!exact)
        return exact.error();
    auto const whole = std::chrono::floor<seconds>(*exact);
    if (whole != *exact)
        return unusable("is not in whole seconds; write " + tcr::to_text(whole + seconds(1)));
    return whole;
}

template <>
result<log_level> parse(std::string const& text)
{
    return found(parse_log_level(text));
}

template <>
result<log_format> parse(std::string const& text)
{
    return found(parse_log_format(text));
}

std::string print(std::string const& value)
{
    return value;
}

std::string print(std::vector<std::string> const& names)
{
    std::string text;
    for (auto const& name : names)
        text.append(text.empty() ? "" : ",").append(name);
    return text;
}

std::string print(fs::path const& value)
{
    return value.string();
}

std::string print(bool value)
{
    return value ? "true" : "false";
}

std::string print(std::size_t value)
{
    return std::to_string(value);
}

/// The shortest text that is read back as the same number.
std::string print(double value)
{
    std::array<char, 32> text;
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string print(milliseconds value)
{
    return tcr::to_text(value);
}

std::string print(log_level value)
{
    return std::string(to_text(value));
}

std::string print(log_format value)
{
    return std::string(to_text(value));
}

/// The values an option takes, in words and in code.
template <class T>
struct range
{
    std::string wanted;
    bool (*holds)(T const&) = [](T const&) { return true; };
};

/// An option that fills `field` of the command: a function from a command to its member.
template <class Field, class T = std::remove_cvref_t<std::invoke_result_t<Field, controller_command&>>>
option make(
    std::string name,
    std::string value_name,
    std::string help,
    effect counts,
    Field field,
    std::type_identity_t<range<T>> allowed = {}
)
{
    auto read = [field, allowed](controller_command& command, std::string const& text) -> std::string
    {
        auto const quoted = "'" + printable(text, 80) + "' ";
        auto const value = parse<T>(text);
        if (!value && !value.error().detail.empty())
            return quoted + value.error().detail;
        if (!value || !allowed.holds(*value))
            return quoted + allowed.wanted;
        field(command) = *value;
        return {};
    };
    auto print_it = [field](controller_command const& command) { return print(field(command)); };
    return {std::move(name), std::move(value_name), std::move(help), counts, print_it, read};
}

/// A DNS name without a wildcard, or an IP address without brackets.
bool is_host_name(std::string const& name)
{
    boost::system::error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    return !no_address || kube::is_object_name(name);
}

range<milliseconds> const above_zero{
    "is too short; write more than 0s", [](milliseconds const& time) { return time.count() > 0; }};

range<std::string> const bind_address{
    "is no address; write ADDRESS:PORT, :PORT for every address, or 0 for no such server",
    [](std::string const& text) { return net::parse_bind_address(text).has_value(); }};

std::vector<option> make_options()
{
    return {
        make(
            "config",
            "FILE",
            "YAML file with these options, names without dashes; a flag wins over it",
            effect::on_restart,
            [](auto& c) -> auto& { return c.config; },
            {"is no path; write the path of a file", [](fs::path const& file) { return !file.empty(); }}
        ),
        make(
            "kubeconfig",
            "FILE",
            "how to reach the cluster; else $KUBECONFIG, else the pod's own service account",
            effect::on_restart,
            [](auto& c) -> auto& { return c.cluster.kubeconfig; }
        ),
        make(
            "context",
            "NAME",
            "context of the kubeconfig; default its current-context",
            effect::on_restart,
            [](auto& c) -> auto& { return c.cluster.context; }
        ),
        make(
            "namespace",
            "NAME",
            "namespace of the controller's own objects; default the pod's own, else tcr-assistant-system",
            effect::on_restart,
            [](auto& c) -> auto& { return c.own_namespace; },
            {"is no name of a namespace; write small letters, digits and dashes, at most 63",
             [](std::string const& name) { return name.empty() || kube::is_label_name(name); }}
        ),
        make(
            "metrics-bind-address",
            "ADDRESS",
            "where to serve /metrics, ADDRESS:PORT or :PORT; 0: nowhere",
            effect::on_restart,
            [](auto& c) -> auto& { return c.metrics_bind_address; },
            bind_address
        ),
        make(
            "health-probe-bind-address",
            "ADDRESS",
            "where to serve /healthz and /readyz, ADDRESS:PORT or :PORT; 0: nowhere",
            effect::on_restart,
            [](auto& c) -> auto& { return c.health_probe_bind_address; },
            bind_address
        ),
        make(
            "webhook-bind-address",
            "ADDRESS",
            "where to serve the two admission webhooks over TLS, ADDRESS:PORT or :PORT; 0: nowhere, and no "
            "certificate is made for them",
            effect::on_restart,
            [](auto& c) -> auto& { return c.webhook_bind_address; },
            bind_address
        ),
        make(
            "webhook-names",
            "NAMES",
            "more DNS names or IP addresses under which the webhooks are called, separated by commas: for "
            "configurations "
            "that name a URL and not the Service",
            effect::on_restart,
            [](auto& c) -> auto& { return c.webhook_names; },
            {"has a word that is neither a DNS name nor an IP address",
             [](std::vector<std::string> const& names)
             { return std::all_of(names.begin(), names.end(), is_host_name); }}
        ),
        make(
            "webhook-certificate-life",
            "DURATION",
            "life of the webhooks' certificate, which is renewed after two thirds of it; whole seconds, at "
            "least "
            "1m",
            effect::on_restart,
            [](auto& c) -> auto& { return c.webhook_certificate_life; },
            {"is too short; write at least 1m", [](seconds const& time) { return time >= seconds(60); }}
        ),
        make(
            "leader-elect",
            "BOOL",
            "only the holder of the lease writes, so that several replicas can run; --leader-elect=false: "
            "this one "
            "always does",
            effect::on_restart,
            [](auto& c) -> auto& { return c.leader_elect; },
            {"is neither true nor false; write one of them"}
        ),
        make(
            "leader-elect-lease-duration",
            "DURATION",
            "how long after its last renewal others may take the lease; whole seconds",
            effect::on_restart,
            [](auto& c) -> auto& { return c.leader_election.lease_duration; },
            {"is not usable for a lease; write whole seconds, at least 1s",
             [](milliseconds const& time) { return time >= seconds(1) && time % seconds(1) == seconds(0); }}
        ),
        make(
            "leader-elect-renew-deadline",
            "DURATION",
            "how long a leader tries to renew before it gives up; shorter than the lease's duration",
            effect::on_restart,
            [](auto& c) -> auto& { return c.leader_election.renew_deadline; },
            above_zero
        ),
        make(
            "leader-elect-retry-period",
            "DURATION",
            "time between two attempts to take or to renew the lease; 1.2 times it is shorter than the renew "
            "deadline",
            effect::on_restart,
            [](auto& c) -> auto& { return c.leader_election.retry_period; },
            above_zero
        ),
        make(
            "kube-api-qps",
            "N",
            "requests a second to the API server at most; 0: no limit of ours, the server's own priority and "
            "fairness decides",
            effect::at_once,
            [](auto& c) -> auto& { return c.client.qps; },
            {"is no such number; write one of at least 0", [](double const& n) { return n >= 0; }}
        ),
        make(
            "kube-api-burst",
            "N",
            "requests that may go at once before --kube-api-qps binds",
            effect::at_once,
            [](auto& c) -> auto& { return c.client.burst; },
            {"is no such number; write one of at least 1", [](double const& n) { return n >= 1; }}
        ),
        make(
            "max-in-flight",
            "N",
            "namespaces worked on at a time, one request each (1 to 256)",
            effect::at_once,
            [](auto& c) -> auto& { return c.controller.max_in_flight; },
            {"is no such number; write one from 1 to 256",
             [](std::size_t const& n) { return n >= 1 && n <= 256; }}
        ),
        make(
            "resync-period",
            "DURATION",
            "everything is listed anew this often, spread over the time; at least 1s, or 0s: never",
            effect::at_once,
            [](auto& c) -> auto& { return c.controller.watcher.resync_period; },
            {"is too short; write at least 1s, or 0s for never",
             [](milliseconds const& time) { return time.count() == 0 || time >= seconds(1); }}
        ),
        make(
            "watch-timeout",
            "DURATION",
            "how long the API server is asked to keep a watch open; whole seconds, at least 1s",
            effect::on_restart,
            [](auto& c) -> auto& { return c.controller.watcher.watch_timeout; },
            {"is too short; write at least 1s", [](seconds const& time) { return time >= seconds(1); }}
        ),
        make(
            "shutdown-grace",
            "DURATION",
            "after SIGTERM the process ends by then, whatever the server does",
            effect::on_restart,
            [](auto& c) -> auto& { return c.shutdown_grace; }
        ),
        make(
            "log-level",
            "LEVEL",
            "debug, info, warning or error",
            effect::at_once,
            [](auto& c) -> auto& { return c.level; },
            {"is none of debug, info, warning, error; write one of them"}
        ),
        make(
            "log-format",
            "FORMAT",
            "text or json",
            effect::at_once,
            [](auto& c) -> auto& { return c.format; },
            {"is none of text, json; write one of them"}
        ),
    };
}

}  // namespace

std::vector<option> const& options()
{
    static std::vector<option> const table = make_options();
    return table;
}

}  // namespace tcr::app
