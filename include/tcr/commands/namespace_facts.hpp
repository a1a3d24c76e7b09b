#pragma once

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
    controller::ownership whose = controller::ownership::absent;
    std::vector<std::string> servers;  ///< the registries that it has a login for, as they stand in it
};

struct pod_facts
{
    std::string name;
    std::string account = "default";
    std::vector<std::string> references;  ///< the names in its imagePullSecrets, in order
    std::vector<std::string> images;      ///< of all its containers, as written

    /// Why containers wait, in the API server's words: "ErrImagePull: …".
    std::vector<std::string> complaints;
};

/// What of one namespace decides whether pods can pull.
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

/// The registry of an image: "registry.example.com:5000" of "registry.example.com:5000/team/app:1", and
/// "docker.io" of "nginx" (https://kubernetes.io/docs/concepts/containers/images/#image-names). Pure.
std::string registry_of(std::string_view image);

/// Whether a login for `server`, as it stands in a Secret, is for images of this registry: kubelet takes a
/// scheme and a path off (pkg/credentialprovider/keyring.go). A rule for a path counts as one for its
/// registry.
bool is_for_registry(std::string_view server, std::string_view registry);

/// Reads a namespace with its accounts, the pod of that name unless it is empty, and the Secrets `wanted` and
/// all that those name. \par Errors those of the API. \par Cancellation terminal.
task<result<namespace_facts>> read_namespace(
    kube::client& client,
    std::string const& ns,
    std::string const& pod,
    std::vector<std::string> const& wanted
);

}  // namespace tcr::commands
