// SPDX-License-Identifier: Apache-2.0
#include "config_checks.hpp"
#include <tcr/kube/errc.hpp>
#include <tcr/kube/exec_plugin.hpp>
#include <tcr/util/run_program.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

namespace tcr::kube
{
namespace
{

namespace json = boost::json;

error no_credential(std::string text)
{
    return error(errc::no_credential, std::move(text));
}

/// The member `key` if it is an object; otherwise null.
json::object const* object_at(json::object const& object, std::string_view key)
{
    auto const* value = object.if_contains(key);
    return value != nullptr ? value->if_object() : nullptr;
}

/// The member `key` if it is a string; otherwise empty.
std::string text_at(json::object const& object, std::string_view key)
{
    auto const* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// Why a credential is unusable; empty if it is usable.
std::string problem_of(exec_credential const& credential)
{
    if (credential.certificate_pem.empty() != credential.key_pem.empty())
        return "wrote a client certificate without its key, or a key without its certificate";
    if (credential.is_empty())
        return "wrote neither a token nor a client certificate";
    auto problem = credential.token.empty() ? std::string() : token_problem(credential.token);
    if (!problem.empty())
        return "wrote a token that " + problem;
    if (credential.certificate_pem.empty())
        return {};
    problem = certificate_problem(credential.certificate_pem);
    if (!problem.empty())
        return "wrote a client certificate that " + problem;
    problem = key_problem(credential.key_pem);
    return problem.empty() ? problem : "wrote a client key that " + problem;
}

/// How a program failed; empty if it succeeded.
std::string problem_of(program_end const& end)
{
    if (end.status == 0 && end.signal == 0)
        return {};
    auto text = end.signal != 0 ? "was ended by signal " + std::to_string(end.signal)
                                : "ended with status " + std::to_string(end.status);
    if (auto const complaint = printable(end.error_output); !complaint.empty())
        text += ": " + complaint;
    return text;
}

/// Why a program has no result: it did not start, or it exceeded a limit.
std::string problem_of(error const& failure, exec_plugin const& plugin, std::chrono::milliseconds limit)
{
    namespace sys = boost::system::errc;
    if (failure.code == sys::timed_out)
        return "did not end within " + std::to_string(limit.count()) + " ms";
    if (failure.code == sys::value_too_large)
        return "writes more than 1 MiB";
    auto text = "cannot be started: " + failure.message();
    if (failure.code == sys::no_such_file_or_directory && !plugin.install_hint.empty())
        text += "; " + printable(plugin.install_hint);
    return text;
}

}  // namespace

bool is_exec_version(std::string_view api_version)
{
    return api_version == "client.authentication.k8s.io/v1" ||
           api_version == "client.authentication.k8s.io/v1beta1";
}

std::string exec_info(exec_plugin const& plugin, net::endpoint const& server, net::tls_identity const& tls)
{
    json::object spec;
    if (plugin.provide_cluster_info)
    {
        json::object cluster;
        cluster["server"] = "https://" + server.authority() + server.base_path;
        if (!server.tls_server_name.empty())
            cluster["tls-server-name"] = server.tls_server_name;
        if (!server.verify_server)
            cluster["insecure-skip-tls-verify"] = true;
        if (!tls.ca_pem.empty())
            cluster["certificate-authority-data"] = base64_encode(tls.ca_pem);
        if (!plugin.proxy_url.empty())
            cluster["proxy-url"] = plugin.proxy_url;
        spec["cluster"] = std::move(cluster);
    }
    spec["interactive"] = false;
    json::object info;
    info["apiVersion"] = plugin.api_version;
    info["kind"] = "ExecCredential";
    info["spec"] = std::move(spec);
    return json::serialize(info);
}

result<exec_credential> parse_exec_credential(std::string_view output, std::string_view api_version)
{
    boost::system::error_code ec;
    auto const value = json::parse(output, ec);
    auto const* root = ec ? nullptr : value.if_object();
    if (root == nullptr || text_at(*root, "kind") != "ExecCredential")
        return no_credential("did not write an ExecCredential as JSON");
    if (text_at(*root, "apiVersion") != api_version)
        return no_credential(
            "wrote an ExecCredential of another apiVersion than " + printable(api_version, 80) +
            "; write the plugin's apiVersion into the kubeconfig"
        );
    auto const* status = object_at(*root, "status");
    if (status == nullptr)
        return no_credential("wrote an ExecCredential without a status");

    exec_credential credential;
    credential.token = trim(text_at(*status, "token"));
    credential.certificate_pem = text_at(*status, "clientCertificateData");
    credential.key_pem = text_at(*status, "clientKeyData");
    if (auto const problem = problem_of(credential); !problem.empty())
        return no_credential(problem);
    auto const* expiry = status->if_contains("expirationTimestamp");
    if (expiry == nullptr || expiry->is_null())
        return credential;
    credential.expires_at = parse_rfc3339(text_at(*status, "expirationTimestamp"));
    if (!credential.expires_at)
        return no_credential("wrote an expirationTimestamp that is not a time (RFC 3339)");
    return credential;
}

std::chrono::system_clock::time_point refresh_time(
    std::chrono::system_clock::time_point now, std::chrono::system_clock::time_point expires_at
)
{
    if (expires_at <= now)
        return now;
    // Divide first: a multiplication could overflow if `expires_at` is far in the future.
    return now + (expires_at - now) / 5 * 4;
}

task<result<exec_credential>> run_exec_plugin(
    exec_plugin plugin, std::string info, std::chrono::milliseconds limit
)
{
    program command;
    command.path = plugin.command;
    command.arguments = plugin.arguments;
    command.environment = plugin.environment;
    command.environment.push_back("KUBERNETES_EXEC_INFO=" + std::move(info));
    program_limits limits;
    limits.time = limit;
    auto const named = "exec plugin '" + printable(plugin.command, 200) + "' ";

    auto const end = co_await run_program(std::move(command), limits);
    if (!end)
        co_return no_credential(named + problem_of(end.error(), plugin, limit));
    if (auto const problem = problem_of(*end); !problem.empty())
        co_return no_credential(named + problem);
    auto credential = parse_exec_credential(end->output, plugin.api_version);
    if (!credential)
        co_return no_credential(named + credential.error().detail);
    co_return credential;
}

}  // namespace tcr::kube
