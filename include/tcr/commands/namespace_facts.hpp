// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads from a namespace what `explain` needs.

#include <tcr/controller/catalog.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tcr::commands
{

struct account_facts
{
    /// The names in imagePullSecrets, in order. Also empty if the list is longer than
    /// `runtime::reference_list::max_bytes`, or if the lists of the other accounts leave no room for it in
    /// `runtime::cluster_store::max_list_bytes`.
    std::vector<std::string> references;
};

/// A login of a Secret, without its user name and password.
struct login_facts
{
    std::string key;        ///< as in the Secret. It may contain a user name and a password, so never show it
    bool is_empty = false;  ///< has neither user name nor password; kubelet tries it nevertheless
};

/// A Secret that an account, a pod or an ImagePullSecret names.
struct secret_facts
{
    controller::ownership owner = controller::ownership::absent;
    std::vector<login_facts> logins = {};
    std::string problem = {};       ///< why kubelet cannot parse the Secret; empty: kubelet can parse it
    std::string ignored_type = {};  ///< the type, if kubelet takes no logins from Secrets of this type
};

/// An image that a pod uses, in a container or an image volume.
struct image_facts
{
    std::string user;   ///< name of the container or volume
    std::string image;  ///< as written in the spec

    // Why the container is waiting, as kubelet reports it; both are empty if it is not waiting.
    std::string reason = {};  ///< for example "ErrImagePull"
    std::string message = {};

    /// Whether kubelet has reported the container's state. For an image volume: whether no container of the
    /// pod is waiting.
    bool has_status = false;

    bool is_volume = false;

    /// Whether kubelet may still have to pull the image.
    bool is_waiting() const { return !has_status || !reason.empty(); }
};

struct pod_facts
{
    std::string name;
    std::string account = "default";
    bool has_ended = false;                    ///< succeeded or failed: pulls no more images
    std::vector<std::string> references = {};  ///< the names in the pod's imagePullSecrets, in order
    std::vector<image_facts> images = {};      ///< of all containers and image volumes
};

/// A Kubernetes Event in which kubelet reports that it cannot pull an image.
struct pull_event
{
    std::string pod;
    std::string reason;
    std::string message;
    std::string time;  ///< time of the last occurrence, RFC 3339
    std::uint64_t count = 1;
};

/// A right that the user may lack.
enum class right
{
    list_image_pull_secrets,
    get_namespace,
    list_accounts,
    get_pod,
    list_pods,
    list_secrets,
    get_secrets,
    list_events
};

/// What `explain` knows about a namespace.
struct namespace_facts
{
    std::string name;
    bool exists = false;
    bool is_terminating = false;
    std::string labels;  ///< encoded as in `runtime::cluster_store`
    bool has_unknown_labels = false;

    std::map<std::string, account_facts> accounts;
    std::map<std::string, secret_facts> secrets;
    std::set<std::string> pull_secrets;  ///< names of our pull Secrets, if the ImagePullSecrets are unknown
    std::optional<pod_facts> pod;        ///< the pod that the user asks about
    std::vector<pod_facts> pods;         ///< all pods, if the user asks about none

    /// The last Event for each pod and reason.
    std::map<std::pair<std::string, std::string>, pull_event> pull_events;

    std::set<right> missing_rights;                      ///< the API server refused requests that need them
    std::map<std::string, std::string> unreadable_pods;  ///< key: name; value: what cannot be read, and why

    /// Why Secrets were not read. Key: name. Empty text: the user lacks the right.
    std::map<std::string, std::string> unchecked_secrets;

    bool lacks(right which) const { return missing_rights.contains(which); }

    /// The namespace as an argument for `controller::coverage_of`. Refers to this object.
    runtime::cluster_store::namespace_view view() const
    {
        return {name, labels, exists, is_terminating, has_unknown_labels};
    }
};

/// What the user asks about. If `pod` is set and can be read, its account replaces `account`.
struct explained_objects
{
    std::string account = "default";
    std::string pod = {};
};

/// Parses the JSON of a pod. \par Errors why it cannot be parsed.
result<pod_facts> parse_pod(std::string const& body);

/// Parses the JSON of a Secret. Keeps no user name and no password. \par Errors why it cannot be parsed.
result<secret_facts> parse_secret(std::string const& body);

/// Max number of Secrets that are read only because an account or a pod names them. Any client that creates
/// pods can choose these names, so the number must be limited.
inline constexpr std::size_t max_referenced_secrets = 50;

/// The names of Secrets that the account and the pods of `facts` reference and that are not in `known`. Skips
/// names that no Secret can have. Beyond `max_referenced_secrets`, adds names to `facts.unchecked_secrets`
/// instead. No I/O.
std::set<std::string> referenced_secrets(
    namespace_facts& facts, std::string const& account, std::set<std::string> const& known
);

/// Reads a namespace:
/// - its accounts
/// - its pods, or only `what.pod` if that is not empty
/// - the Secrets that these pods reference, and the Secrets that one account references: the account of
///   `what.pod` if that pod could be read, otherwise `what.account`
/// - the Secrets of the ImagePullSecrets that select the namespace, or may select it because its labels are
///   unknown; if `catalog` is null because the user may not list ImagePullSecrets, the names of our Secrets
///   instead
/// - the Events of `what.pod`, if that pod exists or the user may not GET it; if `what.pod` is empty and the
///   user may not list pods, the Events of all pods
///
/// If the namespace does not exist, reads nothing more. If the API server refuses a request because a right
/// is missing, adds the right to `missing_rights` and continues. How Secrets that cannot be read are
/// reported:
/// - If the user may not read the Secret, it is in `unchecked_secrets`.
/// - If reading fails for another reason, and only accounts or pods name the Secret, it is in
///   `unchecked_secrets`.
/// - If reading fails for another reason, and an ImagePullSecret desires the Secret, the function returns the
///   error.
/// \par Errors those of the API, except `kube::errc::forbidden`. \par Cancellation terminal.
task<result<namespace_facts>> read_namespace(
    kube::client& client,
    std::string const& ns,
    explained_objects const& what,
    controller::catalog const* catalog
);

}  // namespace tcr::commands
