// SPDX-License-Identifier: Apache-2.0
#pragma once

// The ImagePullSecret: its fields, the table that reads them from JSON or YAML, and request bodies.

#include <tcr/controller/label_selector.hpp>
#include <tcr/credentials/login.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/runtime/event_correlator.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::controller
{

/// The custom resource: imagepullsecrets.tcr.tencentcloudcr.com, version v1, cluster-scoped.
kube::resource image_pull_secret_type();

/// A condition of the status (metav1.Condition).
struct condition
{
    std::string type;
    std::string status;  ///< "True", "False", "Unknown"
    std::string reason;
    std::string message;
    std::string last_transition_time;
    std::int64_t observed_generation = 0;  ///< metadata.generation of the spec that the condition describes

    bool operator==(condition const&) const = default;
};

/// An entry of the status lists. For a success, reason and message are empty.
struct status_entry
{
    std::string namespaced_name;  ///< "namespace/name"
    std::string time;             ///< updatedAt of a success, lastAttemptAt of a failure; RFC 3339
    std::string reason;
    std::string message;

    bool operator==(status_entry const&) const = default;
};

/// Numbers of Secrets and accounts: how many an ImagePullSecret asks for (`desired`), and how many of these
/// are in the desired state (`success`).
struct served
{
    std::int64_t secrets_desired = 0;
    std::int64_t secrets_success = 0;
    std::int64_t accounts_desired = 0;
    std::int64_t accounts_success = 0;

    bool operator==(served const&) const = default;
};

/// The `status` of an ImagePullSecret, including the original add-on's fields. The comments of the members
/// name the JSON fields.
struct image_pull_secret_status : served
{
    std::vector<status_entry> secrets_updated;   ///< secretUpdateSuccessful
    std::vector<status_entry> secrets_failed;    ///< secretUpdateFailed
    std::vector<status_entry> accounts_updated;  ///< serviceAccountsModifySuccessful
    std::vector<status_entry> accounts_failed;   ///< serviceAccountsModifyFailed
    std::vector<condition> conditions;
    std::int64_t observed_generation = 0;
    std::string credential_expires_at;    ///< credential.expiresAt, RFC 3339; empty: no token, or no expiry
    std::string credential_refreshed_at;  ///< credential.lastRefreshTime, RFC 3339; empty: no token

    bool operator==(image_pull_secret_status const&) const = default;
};

/// The condition of this type; null if the status does not have it.
condition const* find_condition(image_pull_secret_status const& status, std::string_view type);

/// spec.tcr: the instance whose token is used instead of a user name and password.
struct tcr_source
{
    std::string registry_id;
    std::string region;
    std::string token_type;  ///< "temp" or "longterm"; empty: temp

    bool operator==(tcr_source const&) const = default;

    credentials::token_reference reference() const;
};

/// The `spec` of an ImagePullSecret: which accounts get which credential.
struct image_pull_secret_spec
{
    std::string namespaces;        ///< list of names, see name_matcher
    std::string service_accounts;  ///< list of names, see name_matcher

    /// "managed" or "secretsOnly". An unknown value counts as `secretsOnly`, which changes less.
    std::string references = "managed";
    label_selector namespace_selector;
    std::vector<std::string> excluded_namespaces;
    std::string server;    ///< empty with `config_from`
    std::string username;  ///< empty with `config_from` or `tcr`

    // A valid spec has exactly one of these four sources of the credential.
    std::string password;
    std::optional<credentials::password_reference> password_from;  ///< docker.passwordSecretRef
    std::optional<credentials::config_reference> config_from;      ///< docker.configSecretRef
    std::optional<tcr_source> tcr;

    bool operator==(image_pull_secret_spec const&) const = default;

    /// Whether the controller adds and removes references. If not, it only makes Secrets and leaves the
    /// accounts unchanged.
    bool manages_references() const { return references == "managed"; }
};

struct image_pull_secret
{
    std::string name;
    std::string uid;
    std::int64_t generation = 0;
    std::uint64_t resource_version = 0;  ///< the version that the watch last reported

    /// The object is being deleted, and the deletion keeps its Secrets (`kubectl delete --cascade=orphan`).
    bool keeps_secrets = false;

    /// The instance for which the controller made this object, from its label; empty: a user made it.
    std::string instance;

    image_pull_secret_spec spec;
    image_pull_secret_status status;
    bool has_status = false;  ///< status.secretsDesired is present; otherwise the counts are defaults
};

/// The fields of an ImagePullSecret that a reader has collected so far.
struct image_pull_secret_values : image_pull_secret
{
    /// Label app.kubernetes.io/managed-by. If its value is not `managed_by_value`, `take` clears `instance`.
    std::string managed_by;
    std::string name_base;  ///< metadata.generateName; read only from files that operators write

    /// metadata.finalizers contains `orphan` (k8s.io/apimachinery, metav1.FinalizerOrphanDependents). A
    /// deletion of the object then keeps its Secrets, because the garbage collector first removes their
    /// ownerReferences to the object.
    bool has_orphan_finalizer = false;

    /// Whether the object counts as deleted: it is being deleted, and the deletion does not keep its Secrets.
    bool is_gone(kube::object_meta const& meta) const { return meta.is_deleting && !has_orphan_finalizer; }

    /// Completes the object with the data of `meta` and moves it out. Call this when all fields are read.
    image_pull_secret take(kube::object_meta const& meta);
};

/// The fields of the whole object, and the fields of its spec alone.
kube::field_table<image_pull_secret_values> image_pull_secret_fields();
kube::field_table<image_pull_secret_values> image_pull_secret_spec_fields();

/// Reference for Events about the ImagePullSecret.
runtime::object_reference reference_to(image_pull_secret const& cr);

/// Label of ImagePullSecrets that the controller made for an instance; its value is the instance. The
/// controller may change and delete an ImagePullSecret that has this label and `managed_by_value`.
inline constexpr std::string_view instance_label = "tcr.tencentcloudcr.com/instance";

/// Body of the POST that creates an ImagePullSecret for `cr.instance`.
std::string create_body(image_pull_secret const& cr);

/// Body of a merge patch that replaces the whole spec and sets our labels.
std::string update_body(image_pull_secret const& cr);

/// Body of a merge patch of the status subresource. The patch replaces whole lists.
std::string status_patch(image_pull_secret_status const& status);

}  // namespace tcr::controller
