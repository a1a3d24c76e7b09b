#pragma once

// Reads from a namespace what `explain` needs.

#include <tcr/controller/pull_secret.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <map>
#include <optional>
#include <set>
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
    std::vector<std::string> servers;  ///< the registries of its logins, as the Secret spells them
};

struct container_facts
{
    std::string name;
    std::string image;  ///< as written in the spec

    // Why the container is waiting, as kubelet reports it; both are empty if it is not waiting.
    std::string reason = {};  ///< for example "ErrImagePull"
    std::string message = {};

    bool has_status = false;  ///< kubelet has reported the container's state

    /// Whether the container may still have to pull its image.
    bool is_waiting() const { return !has_status || !reason.empty(); }
};

struct pod_facts
{
    std::string name;
    std::string account = "default";
    bool has_ended = false;                        ///< succeeded or failed: pulls no more images
    std::vector<std::string> references = {};      ///< the names in its imagePullSecrets, in order
    std::vector<container_facts> containers = {};  ///< including init and ephemeral containers
};

/// Everything in a namespace that determines whether its pods can pull.
struct namespace_facts
{
    std::string name;
    bool exists = false;
    bool is_terminating = false;
    std::string labels;  ///< encoded as in `runtime::cluster_store`
    bool has_unknown_labels = false;

    std::map<std::string, account_facts> accounts;
    std::map<std::string, secret_facts> secrets;
    std::optional<pod_facts> pod;  ///< the pod that the user asks about
    std::vector<pod_facts> pods;   ///< all pods, if the user asks about none
    std::string pods_problem;      ///< why the pods cannot be listed; empty: no problem

    std::map<std::string, std::string> unreadable_pods;    ///< by name: the unreadable value, and why
    std::map<std::string, std::string> unchecked_secrets;  ///< by name: why it was not read
};

/// The registry of an image: "registry.example.com:5000" for "registry.example.com:5000/team/app:1",
/// "docker.io" for "nginx" (https://kubernetes.io/docs/concepts/containers/images/#image-names). Pure.
std::string registry_of(std::string_view image);

/// Whether a login for `server`, as a Secret spells it, applies to images of `registry`. Ignores the scheme
/// and the path of `server`, like kubelet (pkg/credentialprovider/keyring.go): a login for a path counts as a
/// login for the whole registry.
bool is_for_registry(std::string_view server, std::string_view registry);

/// Parses the JSON of a pod. \par Errors why it cannot be parsed.
result<pod_facts> parse_pod(std::string const& body);

/// Max number of Secrets that are read only because a pod names them. It bounds the requests: any client that
/// creates pods chooses these names.
inline constexpr std::size_t max_secrets_of_pods = 50;

/// The names of Secrets that the pods of `facts` reference and that are not in `known`. Skips names that no
/// Secret can have. Beyond `max_secrets_of_pods`, adds names to `facts.unchecked_secrets` instead. Pure.
std::set<std::string> secrets_of_pods(namespace_facts& facts, std::set<std::string> const& known);

/// Reads a namespace with its accounts, the pod named `pod` (all pods if `pod` is empty), the Secrets named
/// in `secret_names`, and the Secrets that the pods reference. If a Secret that only pods reference cannot be
/// read, adds its name to `unchecked_secrets`. \par Errors those of the API. \par Cancellation terminal.
task<result<namespace_facts>> read_namespace(
    kube::client& client,
    std::string const& ns,
    std::string const& pod,
    std::vector<std::string> const& secret_names
);

}  // namespace tcr::commands
