// SPDX-License-Identifier: Apache-2.0
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

/// A file of the configuration. `stamp` was taken just before the file was read. The file may be missing.
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
    std::string bearer_token;         ///< from the configuration or from a file that it names; may be empty
    std::optional<exec_plugin> exec;  ///< if set, the only source of credentials
    std::string pod_namespace;        ///< namespace of our own pod; empty with a kubeconfig
    std::string default_namespace;    ///< namespace of the kubeconfig's context; empty if it has none
    std::string source;               ///< for messages, such as "kubeconfig /path:/other, context x"
    std::vector<config_file> files;   ///< all files of the configuration, also missing ones
};

/// Where to find the configuration.
struct config_source
{
    std::filesystem::path kubeconfig;  ///< value of --kubeconfig; if empty: see `load_config`
    std::string context;               ///< value of --context; if empty: the current-context
};

/// Reads kubeconfig files: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
///
/// If `context` is empty, uses current-context. Supported fields of a cluster: server (https only),
/// certificate-authority(-data), insecure-skip-tls-verify, tls-server-name, proxy-url. Supported fields of a
/// user: client-certificate(-data), client-key(-data), token, tokenFile, exec. Relative paths are relative to
/// the folder of the file that contains them. Unsupported fields that would change the meaning
/// (auth-provider, username/password, impersonation) are errors.
///
/// Several files are merged as by kubectl. If several files have a cluster, user or context of the same name,
/// or a current-context, the entry of the first of these files is used. Missing files are ignored, unless all
/// files are missing.
/// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
/// \par Errors `errc::bad_config`. The text names the file, the line if known, the entry and the field. It
/// never contains a credential.
result<cluster_config> load_kubeconfig(
    std::vector<std::filesystem::path> const& files, std::string const& context
);

/// Reads the configuration of a pod: the variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, and
/// the files `token`, `ca.crt` and `namespace` of its service account
/// (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/). The folder of these files is
/// $TCR_ASSISTANT_SERVICE_ACCOUNT_DIR or, if that is not set, /var/run/secrets/kubernetes.io/serviceaccount.
/// The file `namespace` may be missing.
/// \par Errors `errc::bad_config`; the text names the variable or file that is missing or unusable.
result<cluster_config> load_in_cluster();

/// Whether one of the three sources of `load_config` is set.
bool has_config(config_source const& source);

/// Loads the configuration from the first of these sources that is set:
/// 1. the file `source.kubeconfig`
/// 2. the files in $KUBECONFIG, which are separated by colons
/// 3. the pod's service account (`load_in_cluster`), if KUBERNETES_SERVICE_HOST or KUBERNETES_SERVICE_PORT is
///    set
///
/// If the configuration names no proxy, uses the proxy of `net::proxy_settings_from_environment`.
/// \par Errors `errc::bad_config`. If none of the three sources is set, the text names all three. If
/// `source.context` is set, source 3 is an error, because only a kubeconfig has contexts.
result<cluster_config> load_config(config_source const& source);

}  // namespace tcr::kube
