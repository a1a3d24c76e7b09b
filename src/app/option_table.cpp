// SPDX-License-Identifier: Apache-2.0
#include "option_table.hpp"

#include <tcr/kube/names.hpp>
#include <tcr/net/web_client.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <chrono>

namespace tcr::app
{
namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Whether `name` is a DNS name without a wildcard, or an IP address without brackets.
bool is_host_name(std::string const& name)
{
    boost::system::error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    return !no_address || kube::is_object_name(name);
}

bool is_server_suffix(std::string const& name)
{
    return name.starts_with('.') && kube::is_object_name(name.substr(1));
}

bool is_web_url(std::string const& text)
{
    return net::parse_web_address(text).has_value();
}

void add_webhook_options(std::vector<option>& options, controller_command& command)
{
    options.insert(
        options.end(),
        {{"webhook-bind-address",
          "ADDRESS",
          "address of the two admission webhooks, with TLS, ADDRESS:PORT or :PORT; 0 turns them off, and no "
          "certificate is made",
          command.webhook_bind_address,
          bind_address},
         {"webhook-names",
          "NAMES",
          "more DNS names or IP addresses for the webhooks' certificate, separated by commas: for webhook "
          "configurations with a URL instead of the Service",
          command.webhook_names,
          {"contains a word that is neither a DNS name nor an IP address",
           [](std::vector<std::string> const& names) { return std::ranges::all_of(names, is_host_name); }}},
         {"webhook-certificate-life",
          "DURATION",
          "lifetime of the webhooks' certificate, which is renewed after two thirds of it; whole seconds, at "
          "least 1m",
          command.webhook_certificate_life,
          {"is too short; write at least 1m", [](seconds const& time) { return time >= seconds(60); }}}}
    );
}

void add_election_options(std::vector<option>& options, controller_command& command)
{
    options.insert(
        options.end(),
        {{"leader-elect",
          "BOOL",
          "write only while holding the lease, so that several replicas can run; false: this replica always "
          "writes",
          command.leader_elect},
         {"leader-elect-lease-duration",
          "DURATION",
          "time after the last renewal at which another replica may take the lease; whole seconds",
          command.leader_election.lease_duration,
          {"is not usable for a lease; write whole seconds, at least 1s",
           [](milliseconds const& time) { return time >= seconds(1) && time % seconds(1) == seconds(0); }}},
         {"leader-elect-renew-deadline",
          "DURATION",
          "how long a leader tries to renew the lease before it gives up; shorter than the lease duration",
          command.leader_election.renew_deadline,
          above_zero},
         {"leader-elect-retry-period",
          "DURATION",
          "time between two attempts to acquire or renew the lease; 1.2 times it must be shorter than the "
          "renew deadline",
          command.leader_election.retry_period,
          above_zero}}
    );
}

void add_work_options(std::vector<option>& options, controller_command& command)
{
    options.insert(
        options.end(),
        {{"kube-api-qps",
          "N",
          "max requests per second to the API server; 0: no limit but the server's priority and fairness",
          command.client.qps,
          {"is not valid; write a number of at least 0", [](double const& n) { return n >= 0; }},
          effect::on_reload},
         {"kube-api-burst",
          "N",
          "max requests at once before --kube-api-qps applies",
          command.client.burst,
          {"is not valid; write a number of at least 1", [](double const& n) { return n >= 1; }},
          effect::on_reload},
         {"max-in-flight",
          "N",
          "max namespaces reconciled at the same time, one request each (1 to 256)",
          command.controller.max_in_flight,
          {"is not valid; write a number from 1 to 256",
           [](std::size_t const& n) { return n >= 1 && n <= 256; }},
          effect::on_reload},
         {"resync-period",
          "DURATION",
          "interval of complete lists, spread over the time; at least 1s, or 0s for never",
          command.controller.watcher.resync_period,
          {"is too short; write at least 1s, or 0s for never",
           [](milliseconds const& time) { return time.count() == 0 || time >= seconds(1); }},
          effect::on_reload},
         {"instances-file",
          "FILE",
          "YAML file with the TCR instances to make ImagePullSecrets for; read again when it changes",
          command.instances_file},
         {"removal-delay",
          "DURATION",
          "delay between the announcement and the removal of more than half of the instances' "
          "ImagePullSecrets; 0s: no delay",
          command.removal_delay,
          {},
          effect::on_reload},
         {"credential-check-interval",
          "DURATION",
          "interval at which each registry is asked whether its credential is still valid; at least 10s, or "
          "0s for never",
          command.controller.credential_check_interval,
          {"is too short; write at least 10s, or 0s for never",
           [](milliseconds const& time) { return time.count() == 0 || time >= seconds(10); }}}}
    );
}

void add_cloud_options(std::vector<option>& options, controller_command& command)
{
    options.insert(
        options.end(),
        {{"cloud-key-dir",
          "DIR",
          "folder with the files secretId, secretKey and, for temporary keys, token of Tencent Cloud; "
          "default TENCENTCLOUD_SECRET_ID and its companions, else TKE pod identity, else the CVM's role",
          command.cloud.key_folder},
         {"cloud-ca-file",
          "FILE",
          "PEM file with the CA certificates to trust for Tencent Cloud and registries; default the system's",
          command.cloud.ca_file},
         {"tcr-endpoint",
          "URL",
          "URL of the TCR API, such as https://tcr.internal.tencentcloudapi.com/",
          command.cloud.tcr_endpoint,
          {"is not a URL; write https://HOST/", is_web_url}},
         {"sts-endpoint",
          "URL",
          "URL of the STS API, which issues keys to TKE pods",
          command.cloud.sts_endpoint,
          {"is not a URL; write https://HOST/", is_web_url}},
         {"cvm-metadata-endpoint",
          "URL",
          "URL of the CVM metadata service, which issues the keys of the CVM's role; 0: do not use it",
          command.cloud.metadata_endpoint,
          {"is not a URL; write one, or 0 for none",
           [](std::string const& text) { return text == "0" || is_web_url(text); }}},
         {"tcr-instances",
          "NAMES",
          "ids of the TCR instances whose tokens ImagePullSecrets may use, separated by commas; default all "
          "that the controller's identity can access",
          command.controller.tokens.rules.instances,
          {"contains a word that is not an instance id",
           [](std::vector<std::string> const& names)
           { return std::ranges::all_of(names, kube::is_label_name); }}},
         {"tcr-server-suffixes",
          "NAMES",
          "suffixes of server names, each with a leading dot, that tokens may be sent to in addition to the "
          "names that the API reports for the instance; separated by commas",
          command.controller.tokens.rules.server_suffixes,
          {"contains a word that does not begin with a dot",
           [](std::vector<std::string> const& names)
           { return std::ranges::all_of(names, is_server_suffix); }}},
         {"cluster-name",
          "NAME",
          "name of this cluster in the descriptions of long-term tokens in the TCR console; default the UID "
          "of namespace kube-system",
          command.cloud.cluster_name,
          {"is too long; write at most 63 characters",
           [](std::string const& name) { return name.size() <= 63; }}}}
    );
}

}  // namespace

std::vector<option> options_of(controller_command& command)
{
    std::vector<option> options;
    options.emplace_back(
        "config",
        "FILE",
        "YAML file with these options as keys, without dashes; flags override it",
        command.config,
        nonempty_path
    );
    add_cluster_options(options, command.cluster);
    add_namespace_option(options, "the controller's own objects", command.own_namespace);
    add_page_options(options, command.metrics_bind_address, command.health_probe_bind_address);
    add_webhook_options(options, command);
    add_election_options(options, command);
    add_work_options(options, command);
    add_cloud_options(options, command);
    options.insert(
        options.end(),
        {{"watch-timeout",
          "DURATION",
          "how long the API server is asked to keep a watch open; whole seconds, at least 1s",
          command.controller.watcher.watch_timeout,
          {"is too short; write at least 1s", [](seconds const& time) { return time >= seconds(1); }}},
         {"shutdown-grace",
          "DURATION",
          "max time from SIGTERM to the end of the process, whatever the server does",
          command.shutdown_grace}}
    );
    add_log_options(options, command.level, command.format, effect::on_reload);
    return options;
}

}  // namespace tcr::app
