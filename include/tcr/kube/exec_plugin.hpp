#pragma once

#include <tcr/net/http_client.hpp>
#include <tcr/net/tls.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Credential plugins as client-go runs them.
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
namespace tcr::kube
{

/// `exec` of a kubeconfig's user.
struct exec_plugin
{
    std::string api_version;               ///< one that `is_exec_version`
    std::string command;                   ///< a path, or a name to look up in PATH
    std::vector<std::string> arguments;    ///< without the command
    std::vector<std::string> environment;  ///< "NAME=value", in addition to ours
    std::string install_hint;              ///< for people who do not have the command
    bool provide_cluster_info = false;

    bool operator==(exec_plugin const&) const = default;
};

/// What a plugin gives: a token, a client certificate with its key, or both.
struct exec_credential
{
    std::string token;
    std::string certificate_pem;
    std::string key_pem;
    std::optional<std::chrono::system_clock::time_point> expires_at;

    bool is_empty() const { return token.empty() && certificate_pem.empty(); }
};

/// client.authentication.k8s.io/v1 or v1beta1.
bool is_exec_version(std::string_view api_version);

/// The ExecCredential that a plugin finds in KUBERNETES_EXEC_INFO.
std::string exec_info(exec_plugin const& plugin, net::endpoint const& server, net::tls_identity const& tls);

/// Reads the ExecCredential that a plugin wrote, which must have the plugin's own version.
/// \par Errors `errc::no_credential`; the text is the end of a sentence about the plugin and holds nothing of
/// what it wrote.
result<exec_credential> parse_exec_credential(std::string_view output, std::string_view api_version);

/// When to get the next credential: after four fifths of the life that is left to one.
std::chrono::system_clock::time_point refresh_time(
    std::chrono::system_clock::time_point now, std::chrono::system_clock::time_point expires_at
);

/// Runs a plugin, without a terminal. `info` is its KUBERNETES_EXEC_INFO.
/// \par Errors `errc::no_credential`; the text names the command and holds what it wrote to standard error,
/// cut short, and nothing of its output. \par Cancellation terminal: it is killed with all it started.
task<result<exec_credential>> run_exec_plugin(
    exec_plugin plugin, std::string info, std::chrono::milliseconds limit
);

}  // namespace tcr::kube
