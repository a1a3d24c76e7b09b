#include "config_checks.hpp"
#include <tcr/kube/config.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/small_file.hpp>
#include <tcr/util/strings.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <cstdlib>

namespace tcr::kube
{

namespace fs = std::filesystem;

namespace detail
{

result<std::string> read_config_file(
    fs::path const& path, std::string const& called, std::vector<config_file>& files
)
{
    // Take the stamp first, so that a change during the reading is detected.
    files.push_back({path, stamp_of(path)});
    return read_small_file(path, called);
}

std::string token_problem(std::string_view text)
{
    auto const token = trim(text);
    if (token.empty())
        return "contains no token; write one into it";
    // It becomes part of a header line: visible ASCII (RFC 9110 section 11.6.2, RFC 6750 section 2.1).
    for (char c : token)
        if (c <= 0x20 || c >= 0x7f)
            return "contains a blank, a line break or a byte outside ASCII within the token; "
                   "write one token and nothing else";
    return {};
}

std::string certificate_problem(std::string_view pem)
{
    if (pem.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos ||
        pem.find("-----BEGIN TRUSTED CERTIFICATE-----") != std::string_view::npos)
        return {};
    return "contains no '-----BEGIN CERTIFICATE-----' line; give the certificate as PEM text";
}

std::string key_problem(std::string_view pem)
{
    if (pem.find("PRIVATE KEY-----") == std::string_view::npos)
        return "contains no '-----BEGIN … PRIVATE KEY-----' line; give the key as PEM text";
    // OpenSSL would ask for the password at the terminal.
    if (pem.find("BEGIN ENCRYPTED PRIVATE KEY") != std::string_view::npos ||
        pem.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos)
        return "is a key with a password, which is not supported; decrypt it with 'openssl pkey'";
    return {};
}

bool is_port(std::string_view text)
{
    auto const number = parse_u64(text);
    return number && *number >= 1 && *number <= 65535;
}

/// Why a URL is not usable as an API server's address; empty if it is. Does not quote the URL: it may contain
/// a password.
std::string server_problem(boost::urls::url_view const& url)
{
    if (url.scheme_id() != boost::urls::scheme::https)
        return "only https is supported; write https://HOST:PORT";
    if (url.has_userinfo())
        return "a user name or password in server is not supported; give credentials in the user entry";
    if (!url.encoded_path().empty() && url.encoded_path() != "/")
        return "a path in server is not supported; give the API server's own address, https://HOST:PORT";
    if (url.has_query() || url.has_fragment())
        return "a query or fragment in server is not supported; write https://HOST:PORT";
    if (url.encoded_host().empty() || url.host_type() == boost::urls::host_type::ipvfuture ||
        url.encoded_host().find('%') != std::string_view::npos)
        return "names no usable host; write https://HOST:PORT";
    if (!url.port().empty() && !is_port(url.port()))
        return "the port is not a number from 1 to 65535; correct it";
    return {};
}

result<net::endpoint> parse_server(std::string_view text)
{
    auto const url = boost::urls::parse_uri(text);
    if (!url)
        return error(errc::bad_config, "is not a URL; write https://HOST:PORT (only https is supported)");
    if (auto const problem = server_problem(*url); !problem.empty())
        return error(errc::bad_config, problem);
    net::endpoint server;
    server.host = url->host_address();
    server.port = url->port().empty() ? std::string("443") : std::string(url->port());
    return server;
}

}  // namespace detail

namespace
{

constexpr std::string_view account_folder = "/var/run/secrets/kubernetes.io/serviceaccount";

error bad(std::string text)
{
    return error(errc::bad_config, std::move(text));
}

/// An environment variable without blanks around it; empty if it is not set.
std::string environment(char const* name)
{
    char const* value = std::getenv(name);
    return value ? std::string(trim(value)) : std::string();
}

bool is_in_pod()
{
    return !environment("KUBERNETES_SERVICE_HOST").empty() || !environment("KUBERNETES_SERVICE_PORT").empty();
}

error missing_variable(std::string_view name)
{
    return bad(
        "in-cluster: " + std::string(name) +
        " is not set; Kubernetes sets it in every pod. Outside a pod, give --kubeconfig or set KUBECONFIG"
    );
}

/// The API server from the environment of a pod.
result<net::endpoint> service_endpoint()
{
    net::endpoint server;
    server.host = environment("KUBERNETES_SERVICE_HOST");
    server.port = environment("KUBERNETES_SERVICE_PORT");
    if (server.host.empty())
        return missing_variable("KUBERNETES_SERVICE_HOST");
    if (server.port.empty())
        return missing_variable("KUBERNETES_SERVICE_PORT");
    if (server.host.find_first_of("/[]@ ") != std::string::npos)
        return bad(
            "in-cluster: KUBERNETES_SERVICE_HOST is not a host name or an IP address; set it to one, "
            "without scheme, port or brackets"
        );
    if (!detail::is_port(server.port))
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

/// A file that every pod with a service account has.
result<std::string> read_account_file(
    fs::path const& path, std::string (*check)(std::string_view), std::vector<config_file>& files
)
{
    auto const hint = " (does the pod have automountServiceAccountToken: false?)";
    auto text = detail::read_config_file(path, path.string(), files);
    if (!text)
        return bad("in-cluster: " + text.error().detail + hint);
    if (auto const problem = check(*text); !problem.empty())
        return bad("in-cluster: " + path.string() + ' ' + problem);
    return text;
}

/// The error if neither a kubeconfig nor a service account is given.
error no_configuration(std::string const& context)
{
    std::string const ways =
        "give --kubeconfig FILE, set KUBECONFIG=FILE, or run in a pod with a service account "
        "(KUBERNETES_SERVICE_HOST is not set here)";
    if (context.empty())
        return bad("no API server is configured: " + ways);
    return bad("context '" + printable(context, 80) + "' needs a kubeconfig: " + ways);
}

}  // namespace

result<cluster_config> load_in_cluster()
{
    auto server = service_endpoint();
    if (!server)
        return server.error();
    auto const folder = service_account_folder();
    cluster_config config;
    auto const token = read_account_file(folder / "token", detail::token_problem, config.files);
    if (!token)
        return token.error();
    auto authorities = read_account_file(folder / "ca.crt", detail::certificate_problem, config.files);
    if (!authorities)
        return authorities.error();

    config.server = std::move(*server);
    config.tls.ca_pem = std::move(*authorities);
    config.bearer_token = trim(*token);
    if (auto const name = detail::read_config_file(folder / "namespace", "namespace", config.files))
        config.pod_namespace = trim(*name);
    config.source = "service account " + folder.string();
    return config;
}

result<cluster_config> load_config(config_source const& source)
{
    if (!source.kubeconfig.empty())
        return load_kubeconfig(source.kubeconfig, source.context);

    auto const variable = environment("KUBECONFIG");
    auto const files = split_names(variable, ':');
    if (files.size() > 1)
        return bad(
            "KUBECONFIG names " + std::to_string(files.size()) +
            " files; merging is not supported: set it to the path of one file, or give --kubeconfig"
        );
    if (!files.empty())
        return load_kubeconfig(fs::path(files.front()), source.context);
    if (!source.context.empty() && is_in_pod())
        return bad(
            "context '" + printable(source.context, 80) +
            "' needs a kubeconfig, but the pod's service account is in use: omit --context, or give --kubeconfig"
        );
    return is_in_pod() ? load_in_cluster() : no_configuration(source.context);
}

}  // namespace tcr::kube
