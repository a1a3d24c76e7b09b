#pragma once

// Finds and reads the configuration for an API server: a kubeconfig or a pod's service account.

#include <tcr/kube/exec_plugin.hpp>
#include <tcr/net/http_client.hpp>
#include <tcr/net/tls.hpp>
#include <tcr/util/error.hpp>
#include <tcr/util/file_stamp.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tcr::kube
{

/// A file that was read. The stamp is from just before the reading.
struct config_file
{
    std::filesystem::path path;
    file_stamp stamp;
};

/// How to reach an API server and which credentials to use there.
struct cluster_config
{
    net::endpoint server;
    net::tls_identity tls;
    std::string bearer_token;         ///< given in the configuration or read from a file it names; or empty
    std::optional<exec_plugin> exec;  ///< provides the credential; excludes every other
    std::string pod_namespace;        ///< of the pod we run in; empty with a kubeconfig
    std::string default_namespace;    ///< of the kubeconfig's context; empty: it names none
    std::string source;               ///< for messages: "kubeconfig /path, context x"
    std::vector<config_file> files;   ///< all files that it was read from
};

/// Where to find the configuration.
struct config_source
{
    std::filesystem::path kubeconfig;  ///< --kubeconfig; empty: $KUBECONFIG, else in-cluster
    std::string context;               ///< --context; empty: the file's current-context
};

/// Reads a kubeconfig file: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
///
/// An empty `context` means current-context. Supported: clusters' server (https only),
/// certificate-authority(-data), insecure-skip-tls-verify, tls-server-name; users' client-certificate(-data),
/// client-key(-data), token, tokenFile, exec. Relative paths start at the file's folder. Unsupported fields
/// that would change the meaning (auth-provider, username/password, impersonation, proxy-url) are errors.
/// \par Errors `errc::bad_config`; the text names file, line if known, entry and field, never the value of a
/// credential.
result<cluster_config> load_kubeconfig(std::filesystem::path const& file, std::string const& context);

/// Reads the configuration in a pod: KUBERNETES_SERVICE_HOST and _PORT, and the folder with `token`, `ca.crt`
/// and `namespace` (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/). The folder is
/// /var/run/secrets/kubernetes.io/serviceaccount or $TCR_ASSISTANT_SERVICE_ACCOUNT_DIR.
/// \par Errors `errc::bad_config`, naming what is missing.
result<cluster_config> load_in_cluster();

/// Loads `source.kubeconfig`, else $KUBECONFIG (one file; several are an error), else in-cluster.
/// \par Errors as above; if none of the three is set, the text names them.
result<cluster_config> load_config(config_source const& source);

}  // namespace tcr::kube
