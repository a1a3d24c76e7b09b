#include "option_table.hpp"

#include "option_values.hpp"
#include <tcr/kube/names.hpp>
#include <tcr/net/web_client.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <type_traits>

namespace tcr::app
{
namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Makes an option of the controller. `field` is a function from the command to the member that it fills.
template <class Field, class T = field_type<Field, controller_command>>
option make(
    std::string name,
    std::string value_name,
    std::string help,
    effect counts,
    Field field,
    std::type_identity_t<range<T>> allowed = {}
)
{
    return make_option<controller_command>(
        std::move(name), std::move(value_name), std::move(help), counts, field, std::move(allowed)
    );
}

/// A DNS name without a wildcard, or an IP address without brackets.
bool is_host_name(std::string const& name)
{
    boost::system::error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    return !no_address || kube::is_object_name(name);
}

range<std::string> const web_url{"is no URL; write https://HOST/", [](std::string const& text) {
                                     return net::parse_web_address(text).has_value();
                                 }};

std::vector<option> make_options()
{
    return {
        make(
            "config",
            "FILE",
            "YAML file with these options, names without dashes; a flag wins over it",
            effect::on_restart,
            [](auto& c) -> auto& { return c.config; },
            given_path
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
            namespace_name
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
            yes_or_no
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
            "instances-file",
            "FILE",
            "YAML file with the TCR instances to make ImagePullSecrets for; read again when it changes",
            effect::on_restart,
            [](auto& c) -> auto& { return c.instances_file; }
        ),
        make(
            "removal-delay",
            "DURATION",
            "how long the removal of more than half of the instances' ImagePullSecrets waits after it was "
            "announced; 0s: not at all",
            effect::at_once,
            [](auto& c) -> auto& { return c.removal_delay; }
        ),
        make(
            "credential-check-interval",
            "DURATION",
            "how often each registry is asked whether it takes its credential still; at least 10s, or 0s: "
            "never",
            effect::on_restart,
            [](auto& c) -> auto& { return c.controller.credential_check_interval; },
            {"is too short; write at least 10s, or 0s for never",
             [](milliseconds const& time) { return time.count() == 0 || time >= seconds(10); }}
        ),
        make(
            "cloud-key-dir",
            "DIR",
            "folder with the files secretId, secretKey and, for temporary keys, token of Tencent Cloud; else "
            "TENCENTCLOUD_SECRET_ID and so on, TKE pod identity, the CVM's role",
            effect::on_restart,
            [](auto& c) -> auto& { return c.cloud.key_folder; }
        ),
        make(
            "cloud-ca-file",
            "FILE",
            "PEM file with the authorities to trust for Tencent Cloud and registries; default the system's",
            effect::on_restart,
            [](auto& c) -> auto& { return c.cloud.ca_file; }
        ),
        make(
            "tcr-endpoint",
            "URL",
            "where TCR's API is, such as https://tcr.internal.tencentcloudapi.com/",
            effect::on_restart,
            [](auto& c) -> auto& { return c.cloud.tcr_endpoint; },
            web_url
        ),
        make(
            "sts-endpoint",
            "URL",
            "where the API that gives TKE pods their keys is",
            effect::on_restart,
            [](auto& c) -> auto& { return c.cloud.sts_endpoint; },
            web_url
        ),
        make(
            "cvm-metadata-endpoint",
            "URL",
            "where a CVM tells the keys of its role; 0: it is not asked",
            effect::on_restart,
            [](auto& c) -> auto& { return c.cloud.metadata_endpoint; },
            {"is no URL; write one, or 0 for none",
             [](std::string const& text) { return text == "0" || net::parse_web_address(text).has_value(); }}
        ),
        make(
            "tcr-instances",
            "NAMES",
            "ids of the TCR instances that ImagePullSecrets may take tokens of, separated by commas; default "
            "all that the "
            "controller's identity may",
            effect::on_restart,
            [](auto& c) -> auto& { return c.controller.tokens.rules.instances; },
            {"has a word that is no instance's id",
             [](std::vector<std::string> const& names)
             { return std::all_of(names.begin(), names.end(), kube::is_label_name); }}
        ),
        make(
            "tcr-server-suffixes",
            "NAMES",
            "ends of server names, each from a dot on, that tokens may be sent to beside the names that the "
            "API "
            "tells of the instance; separated by commas",
            effect::on_restart,
            [](auto& c) -> auto& { return c.controller.tokens.rules.server_suffixes; },
            {"has a word that does not begin with a dot",
             [](std::vector<std::string> const& names)
             {
                 return std::all_of(
                     names.begin(),
                     names.end(),
                     [](auto const& name)
                     { return name.starts_with('.') && kube::is_object_name(name.substr(1)); }
                 );
             }}
        ),
        make(
            "cluster-name",
            "NAME",
            "what long-term tokens are described by in TCR's console; default the UID of namespace "
            "kube-system",
            effect::on_restart,
            [](auto& c) -> auto& { return c.cloud.cluster_name; },
            {"is too long; write at most 63 characters",
             [](std::string const& name) { return name.size() <= 63; }}
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
            level_word
        ),
        make(
            "log-format",
            "FORMAT",
            "text or json",
            effect::at_once,
            [](auto& c) -> auto& { return c.format; },
            format_word
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
