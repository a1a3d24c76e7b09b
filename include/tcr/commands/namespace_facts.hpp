#pragma once

// What `explain` reads of a namespace.

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
    std::vector<std::string> servers;  ///< the registries of its logins, as written in it
};

struct container_facts
{
    std::string name;
    std::string image;  ///< as written in the spec

    // Why the container is waiting, as kubelet reports it; empty: it is not.
    std::string reason = {};  ///< such as "ErrImagePull"
    std::string message = {};

    bool has_status = false;  ///< kubelet has reported its state

    /// Whether it may still have to pull its image.
    bool is_waiting() const { return !has_status || !reason.empty(); }
};

struct pod_facts
{
    std::string name;
    std::string account = "default";
    bool has_ended = false;                        ///< succeeded or failed: it pulls nothing any more
    std::vector<std::string> references = {};      ///< the names in its imagePullSecrets, in order
    std::vector<container_facts> containers = {};  ///< of all kinds
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
    std::optional<pod_facts> pod;  ///< that was asked for
    std::vector<pod_facts> pods;   ///< all pods, if none was asked for
    std::string pods_problem;      ///< why `pods` cannot be listed; empty: they can

    std::map<std::string, std::string> unreadable_pods;  ///< by name: the value that cannot be read, and why
    std::map<std::string, std::string> unchecked_secrets;  ///< that only pods name: why each was not read
};

/// The registry of an image: "registry.example.com:5000" for "registry.example.com:5000/team/app:1",
/// "docker.io" for "nginx" (https://kubernetes.io/docs/concepts/containers/images/#image-names). Pure.
std::string registry_of(std::string_view image);

/// Whether a login for `server`, as written in a Secret, applies to images of this registry. Like kubelet, it
/// ignores scheme and path (pkg/credentialprovider/keyring.go): a login for a path counts as a login for its
/// registry.
bool is_for_registry(std::string_view server, std::string_view registry);

/// Reads a pod from its JSON. \par Errors why it cannot be parsed.
result<pod_facts> parse_pod(std::string const& body);

/// Max Secrets read because only pods name them: any client that creates pods chooses these names.
inline constexpr std::size_t max_secrets_of_pods = 50;

/// The Secrets to read that the pods of `facts` reference and that are not in `known`. Leaves out names that
/// no Secret can have; adds names over the limit to `facts.unchecked_secrets`. Pure.
std::set<std::string> secrets_of_pods(namespace_facts& facts, std::set<std::string> const& known);

/// Reads a namespace with its accounts, the pod named `pod`, or all pods if that is empty, the Secrets named
/// in `secret_names`, and the Secrets that the pods reference. A Secret that only pods reference and that
/// cannot be read is added to `unchecked_secrets`. \par Errors those of the API. \par Cancellation terminal.
task<result<namespace_facts>> read_namespace(
    kube::client& client,
    std::string const& ns,
    std::string const& pod,
    std::vector<std::string> const& secret_names
);

}  // namespace tcr::commands
