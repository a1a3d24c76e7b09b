// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs credential plugins in the same way as client-go.
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins

#include <tcr/net/http_client.hpp>
#include <tcr/net/tls.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::kube
{

/// The `exec` entry of a user in a kubeconfig.
struct exec_plugin
{
    std::string api_version;               ///< a version that `is_exec_version` accepts
    std::string command;                   ///< a path, or a name to look up in PATH
    std::vector<std::string> arguments;    ///< the command line after the command
    std::vector<std::string> environment;  ///< "NAME=value", added to our own environment
    std::string install_hint;              ///< part of the error message if the command is missing
    bool provide_cluster_info = false;
    std::string proxy_url;  ///< the cluster's proxy, if `provide_cluster_info`; may contain a password

    bool operator==(exec_plugin const&) const = default;
};

/// A plugin's result: a token, a client certificate with its key, or both.
struct exec_credential
{
    std::string token;
    std::string certificate_pem;
    std::string key_pem;
    std::optional<std::chrono::system_clock::time_point> expires_at;

    bool is_empty() const { return token.empty() && certificate_pem.empty(); }
};

/// Whether `api_version` is client.authentication.k8s.io/v1 or v1beta1.
bool is_exec_version(std::string_view api_version);

/// Returns the ExecCredential, as JSON, to pass to a plugin in KUBERNETES_EXEC_INFO.
std::string exec_info(exec_plugin const& plugin, net::endpoint const& server, net::tls_identity const& tls);

/// Parses the ExecCredential in a plugin's output. Its apiVersion must be `api_version`.
/// \par Errors `errc::no_credential`. The text is a sentence without its subject, the plugin. Example: "wrote
/// an ExecCredential without a status". The text contains no part of the output.
result<exec_credential> parse_exec_credential(std::string_view output, std::string_view api_version);

/// Returns the time to get the next credential: after four fifths of the lifetime that remains at `now`.
std::chrono::system_clock::time_point refresh_time(
    std::chrono::system_clock::time_point now, std::chrono::system_clock::time_point expires_at
);

/// Runs a plugin without a terminal, for at most `limit`. `info` is the value of KUBERNETES_EXEC_INFO.
/// \par Errors `errc::no_credential`. The text names the command. If the plugin ends with a status other than
/// 0 or by a signal, the text contains its standard error, shortened. The text contains no part of the
/// standard output.
/// \par Cancellation terminal: kills the plugin and its process group.
task<result<exec_credential>> run_exec_plugin(
    exec_plugin plugin, std::string info, std::chrono::milliseconds limit
);

}  // namespace tcr::kube
