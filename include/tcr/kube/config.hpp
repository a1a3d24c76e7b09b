#pragma once

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

/// A file as it was just before it was read.
struct config_file
{
    std::filesystem::path path;
    file_stamp stamp;
};

/// How to reach an API server and who to be there.
struct cluster_config
{
    net::endpoint server;
    net::tls_identity tls;
    std::string bearer_token;         ///< written there, or read from the file named there; or empty
    std::optional<exec_plugin> exec;  ///< gives the credential; then there is no other
    std::string pod_namespace;        ///< of the pod we run in; empty outside a pod
    std::string source;               ///< where this was read, for people: "kubeconfig /path, context x"
    std::vector<config_file> files;   ///< all it was read from
};

/// Where to look.
struct config_source
{
    std::filesystem::path kubeconfig;  ///< --kubeconfig; empty: $KUBECONFIG, else in-cluster
    std::string context;               ///< --context; empty: the file's current-context
};

/// Reads a kubeconfig file: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
///
/// `context` empty means current-context. Understood: clusters' server (https only),
/// certificate-authority(-data), insecure-skip-tls-verify, tls-server-name; users' client-certificate(-data),
/// client-key(-data), token, tokenFile, exec; relative paths from the file's folder. What would change the
/// meaning and is not understood (auth-provider, username/password, impersonation, proxy-url) is refused by
/// name.
/// \par Errors `errc::bad_config`; the text names file, line where known, entry and field, never a value of
/// a credential.
result<cluster_config> load_kubeconfig(std::filesystem::path const& file, std::string const& context);

/// Reads what a pod is given: KUBERNETES_SERVICE_HOST and _PORT, and the folder with `token`, `ca.crt` and
/// `namespace` (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/). The folder is
/// /var/run/secrets/kubernetes.io/serviceaccount or $TCR_ASSISTANT_SERVICE_ACCOUNT_DIR.
/// \par Errors `errc::bad_config`, naming what is missing.
result<cluster_config> load_in_cluster();

/// `kubeconfig` of `source`, else $KUBECONFIG (its first file; more than one is refused), else in-cluster.
/// \par Errors as above; where nothing is set, a sentence that names the three ways.
result<cluster_config> load_config(config_source const& source);

}  // namespace tcr::kube
