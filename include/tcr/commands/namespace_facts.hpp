#pragma once

// What `explain` reads of a namespace.

#include <tcr/controller/pull_secret.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::commands
{

struct account_facts
{
    std::vector<std::string> references;  ///< the names in imagePullSecrets, in order
};

/// A Secret that an account, a pod or an ImagePullSecret names.
struct secret_facts
{
    controller::ownership owner = controller::ownership::absent;
    std::vector<std::string> servers;  ///< the registries of its logins, as written in it
};

struct pod_facts
{
    std::string name;
    std::string account = "default";
    std::vector<std::string> references;  ///< the names in its imagePullSecrets, in order
    std::vector<std::string> images;      ///< of all its containers, as written

    /// Why containers are waiting, as kubelet reports it: "ErrImagePull: …".
    std::vector<std::string> waiting_reasons;
};

/// What decides in one namespace whether pods can pull.
struct namespace_facts
{
    std::string name;
    bool exists = false;
    bool is_terminating = false;
    std::string labels;  ///< in the form of `runtime::cluster_store`
    bool has_unknown_labels = false;

    std::map<std::string, account_facts> accounts;
    std::map<std::string, secret_facts> secrets;
    std::optional<pod_facts> pod;
};

/// The registry of an image: "registry.example.com:5000" for "registry.example.com:5000/team/app:1",
/// "docker.io" for "nginx" (https://kubernetes.io/docs/concepts/containers/images/#image-names). Pure.
std::string registry_of(std::string_view image);

/// Whether a login for `server`, as written in a Secret, applies to images of this registry. Like kubelet, it
/// ignores scheme and path (pkg/credentialprovider/keyring.go): a login for a path counts as a login for its
/// registry.
bool is_for_registry(std::string_view server, std::string_view registry);

/// Reads a namespace with its accounts, the pod named `pod` unless empty, the Secrets named in
/// `secret_names`, and the Secrets that the pod references. \par Errors those of the API. \par Cancellation
/// terminal.
task<result<namespace_facts>> read_namespace(
    kube::client& client,
    std::string const& ns,
    std::string const& pod,
    std::vector<std::string> const& secret_names
);

}  // namespace tcr::commands
