#pragma once

#include <tcr/controller/label_selector.hpp>
#include <tcr/credentials/login.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/runtime/event_correlator.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcr::controller
{

/// The custom resource: imagepullsecrets.tcr.tencentcloudcr.com, version v1, cluster-scoped.
kube::resource image_pull_secret_type();

/// metav1.Condition.
struct condition
{
    std::string type;
    std::string status;  ///< "True", "False", "Unknown"
    std::string reason;
    std::string message;
    std::string last_transition_time;

    bool operator==(condition const&) const = default;
};

/// An entry of the status lists. Of the successes only name and time are used.
struct status_entry
{
    std::string namespaced_name;  ///< "namespace/name"
    std::string time;             ///< updatedAt or lastAttemptAt, RFC 3339
    std::string reason;
    std::string message;

    bool operator==(status_entry const&) const = default;
};

/// status, with the seed's fields.
struct image_pull_secret_status
{
    std::int64_t secrets_desired = 0;
    std::int64_t secrets_success = 0;
    std::int64_t accounts_desired = 0;
    std::int64_t accounts_success = 0;
    std::vector<status_entry> secrets_updated;   ///< secretUpdateSuccessful
    std::vector<status_entry> secrets_failed;    ///< secretUpdateFailed
    std::vector<status_entry> accounts_updated;  ///< serviceAccountsModifySuccessful
    std::vector<status_entry> accounts_failed;   ///< serviceAccountsModifyFailed
    std::vector<condition> conditions;
    std::int64_t observed_generation = 0;
    std::string credential_expires_at;    ///< credential.expiresAt, RFC 3339; empty: it does not end
    std::string credential_refreshed_at;  ///< credential.lastRefreshTime; empty: the credential is no token

    bool operator==(image_pull_secret_status const&) const = default;
};

/// spec.tcr: a token of an instance stands in for user name and password.
struct tcr_source
{
    std::string registry_id;
    std::string region;
    std::string token_type;  ///< "temp" or "longterm"; empty: temp

    bool operator==(tcr_source const&) const = default;

    credentials::token_reference reference() const;
};

/// spec: who gets which credential.
struct image_pull_secret_spec
{
    std::string namespaces;        ///< list of names, see name_matcher
    std::string service_accounts;  ///< the same
    label_selector namespace_selector;
    std::vector<std::string> excluded_namespaces;
    std::string server;
    std::string username;

    // Where the credential comes from: one of the three.
    std::string password;
    std::optional<credentials::password_reference> password_from;  ///< docker.passwordSecretRef
    std::optional<tcr_source> tcr;

    bool operator==(image_pull_secret_spec const&) const = default;
};

struct image_pull_secret
{
    std::string name;
    std::string uid;
    std::int64_t generation = 0;
    std::uint64_t resource_version = 0;  ///< as last told by the watch

    /// The instance whose CR we made this, by our labels; empty: people's.
    std::string instance;

    image_pull_secret_spec spec;
    image_pull_secret_status status;
    bool has_status = false;  ///< the object carries one; its zeros are then somebody's word
};

/// An ImagePullSecret while it is read.
struct image_pull_secret_values : image_pull_secret
{
    std::string managed_by;  ///< the label of that name; `instance` counts only where it is ours
    std::string name_base;   ///< generateName, of one that people write

    /// The object, once it is complete.
    image_pull_secret take(kube::object_meta const& meta);
};

/// Of the whole object, and of its spec alone.
kube::field_table<image_pull_secret_values> image_pull_secret_fields();
kube::field_table<image_pull_secret_values> image_pull_secret_spec_fields();

/// For Events about it.
runtime::object_reference reference_to(image_pull_secret const& cr);

/// Labels of a CR that we made for an instance, and may change and delete.
inline constexpr std::string_view instance_label = "tcr.tencentcloudcr.com/instance";

/// Body of the POST that makes one for `cr.instance`.
std::string create_body(image_pull_secret const& cr);

/// Body of a merge patch that gives it this spec, whatever it had.
std::string update_body(image_pull_secret const& cr);

/// The status as the body of a merge patch of the status subresource. Lists are replaced as wholes.
std::string status_patch(image_pull_secret_status const& status);

}  // namespace tcr::controller
