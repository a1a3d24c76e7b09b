// SPDX-License-Identifier: Apache-2.0
#include "config_checks.hpp"
#include <tcr/kube/config.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/util/strings.hpp>

#include <cstdlib>
#include <utility>

namespace tcr::kube
{

namespace fs = std::filesystem;

namespace
{

constexpr std::string_view account_folder = "/var/run/secrets/kubernetes.io/serviceaccount";

error bad(std::string text)
{
    return error(errc::bad_config, std::move(text));
}

/// The value of an environment variable, without blanks at its ends; empty if it is not set.
std::string environment(char const* name)
{
    char const* value = std::getenv(name);
    return value ? std::string(trim(value)) : std::string();
}

bool is_in_pod()
{
    return !environment("KUBERNETES_SERVICE_HOST").empty() || !environment("KUBERNETES_SERVICE_PORT").empty();
}

/// The API server's address, from the environment of a pod.
result<net::endpoint> service_endpoint()
{
    net::endpoint server;
    for (auto const& [name, value] :
         {std::pair("KUBERNETES_SERVICE_HOST", &server.host),
          std::pair("KUBERNETES_SERVICE_PORT", &server.port)})
    {
        *value = environment(name);
        if (value->empty())
            return bad(
                "in-cluster: " + std::string(name) +
                " is not set; Kubernetes sets it in every pod. Outside a pod, give --kubeconfig or set "
                "KUBECONFIG"
            );
    }
    if (server.host.find_first_of("/[]@ ") != std::string::npos)
        return bad(
            "in-cluster: KUBERNETES_SERVICE_HOST is not a host name or an IP address; set it to one, "
            "without scheme, port or brackets"
        );
    if (!is_port(server.port))
        return bad("in-cluster: KUBERNETES_SERVICE_PORT is not a port; set it to a number from 1 to 65535");
    return server;
}

fs::path service_account_folder()
{
    auto const folder = environment("TCR_ASSISTANT_SERVICE_ACCOUNT_DIR");
    std::error_code ec;
    auto const path = fs::absolute(folder.empty() ? fs::path(account_folder) : fs::path(folder), ec);
    return ec ? fs::path(folder) : path;
}

/// Reads `token` or `ca.crt` of the pod's service account, and checks its content with `check`.
result<std::string> read_account_file(
    fs::path const& path, std::string (*check)(std::string_view), std::vector<config_file>& files
)
{
    auto const hint = " (does the pod have automountServiceAccountToken: false?)";
    auto text = read_config_file(path, path.string(), files);
    if (!text)
        return bad("in-cluster: " + text.error().detail + hint);
    if (auto const problem = check(*text); !problem.empty())
        return bad("in-cluster: " + path.string() + ' ' + problem);
    return text;
}

/// The error if there is neither a kubeconfig nor a service account.
error no_configuration(std::string const& context)
{
    std::string const ways =
        "give --kubeconfig FILE, set KUBECONFIG=FILE, or run in a pod with a service account "
        "(KUBERNETES_SERVICE_HOST is not set here)";
    if (context.empty())
        return bad("no API server is configured: " + ways);
    return bad("context '" + printable(context, 80) + "' needs a kubeconfig: " + ways);
}

/// Loads the configuration, but ignores the proxy settings in the environment.
result<cluster_config> load_own_config(config_source const& source)
{
    if (!source.kubeconfig.empty())
        return load_kubeconfig({source.kubeconfig}, source.context);

    auto const variable = environment("KUBECONFIG");
    auto const names = split_names(variable, ':');
    std::vector<fs::path> const files(names.begin(), names.end());
    if (!files.empty())
        return load_kubeconfig(files, source.context);
    if (!source.context.empty() && is_in_pod())
        return bad(
            "context '" + printable(source.context, 80) +
            "' needs a kubeconfig, but the pod's service account is in use: "
            "omit --context, or give --kubeconfig"
        );
    return is_in_pod() ? load_in_cluster() : no_configuration(source.context);
}

}  // namespace

result<cluster_config> load_in_cluster()
{
    auto server = service_endpoint();
    if (!server)
        return server.error();
    auto const folder = service_account_folder();
    cluster_config config;
    auto const token = read_account_file(folder / "token", token_problem, config.files);
    if (!token)
        return token.error();
    auto authorities = read_account_file(folder / "ca.crt", certificate_problem, config.files);
    if (!authorities)
        return authorities.error();

    config.server = std::move(*server);
    config.tls.ca_pem = std::move(*authorities);
    config.bearer_token = trim(*token);
    if (auto const name = read_config_file(folder / "namespace", "namespace", config.files))
        config.pod_namespace = trim(*name);
    config.source = "service account " + folder.string();
    return config;
}

bool has_config(config_source const& source)
{
    return !source.kubeconfig.empty() || !environment("KUBECONFIG").empty() || is_in_pod();
}

result<cluster_config> load_config(config_source const& source)
{
    auto config = load_own_config(source);
    if (!config || config->server.proxy)
        return config;
    auto& server = config->server;
    auto proxy = net::proxy_settings_from_environment().for_server(server.host, server.port);
    if (!proxy)
        return bad(proxy.error().detail);
    server.proxy = std::move(*proxy);
    return config;
}

}  // namespace tcr::kube
