// SPDX-License-Identifier: Apache-2.0
#pragma once

// The pull Secret: its names, content and request bodies. Also reads and classifies existing Secrets.

#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/credentials/login.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/core_reflectors.hpp>
#include <tcr/util/sha256.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tcr::controller
{

// Names in API objects. Users' tools may rely on these names.
inline constexpr std::string_view secret_prefix = "tcr.ips";
inline constexpr std::string_view managed_by_label = "app.kubernetes.io/managed-by";
inline constexpr std::string_view managed_by_value = "tcr-assistant";
inline constexpr std::string_view image_pull_secret_label = "tcr.tencentcloudcr.com/imagepullsecret";
inline constexpr std::string_view hash_annotation = "tcr.tencentcloudcr.com/content-hash";
inline constexpr std::string_view expiry_annotation = "tcr.tencentcloudcr.com/expires-at";

/// "tcr.ips" + the name of the ImagePullSecret.
std::string secret_name(std::string_view cr_name);

/// Selects the Secrets with our label, which is `managed_by_label` with `managed_by_value`. The watch of all
/// pull Secrets uses this selection.
kube::selection our_secrets();

/// Value of `image_pull_secret_label`: the ImagePullSecret's name. A name of more than 63 characters is too
/// long for a label, so its hash is used instead.
std::string label_value_of(std::string_view cr_name);

/// The pull Secret of an ImagePullSecret. Prepared once, because it is the same in all namespaces.
struct pull_secret
{
    /// Sets only `name` if `credential` is nullopt.
    pull_secret(image_pull_secret const& cr, std::optional<credentials::credential> const& credential);

    std::string name;
    std::uint64_t fingerprint = 0;

    /// Body of the POST; the namespace is in the path.
    std::string create_body;

    /// Body of a merge patch that gives an existing Secret our labels, owner and content. The API server
    /// refuses the patch if the Secret no longer has `resource_version`.
    std::string update_body(std::uint64_t resource_version) const;

private:
    std::string expiry_member() const;

    /// When the credential expires, in RFC 3339; empty if the credential does not expire. Not part of the
    /// fingerprint, because the expiry only informs users.
    std::string expiry_;

    // Common parts of `create_body` and `update_body`.
    std::string annotations_;
    std::string content_;
};

/// The fields of a Secret that show whether it is as desired. Stores only a hash of the content.
class pull_secret_fields
{
public:
    static kube::field_table<pull_secret_fields> table();
    void clear();

    /// The state of the current object. Call it after all fields of the object have been read.
    runtime::secret_state state();
    bool has_our_label() const { return managed_by_ == managed_by_value; }

    /// Whether an ownerReference names an ImagePullSecret. Call `state()` first.
    bool has_our_owner() const { return !our_owner_uid_.empty(); }

private:
    void finish_owner();
    void add_content(std::string_view piece, bool last);

    struct owner
    {
        std::string api_version;
        std::string kind;
        std::string uid;
    };

    std::string type_;
    std::string managed_by_;
    std::string cr_label_;
    std::string hash_;
    owner owner_;
    std::string our_owner_uid_;
    bool has_foreign_owner_ = false;
    bool is_immutable_ = false;
    sha256 hasher_;
    bool is_hashing_ = false;  ///< between the first and the last piece of the content
    sha256::digest content_{};
};

/// Puts pull Secrets into the store, from lists and watch events, or from answers to writes. A reflector
/// handles either the Secrets that `our_secrets` selects, or all Secrets with one name.
class pull_secret_reflector final : public kube::table_reader<pull_secret_fields, runtime::store_reflector>
{
public:
    pull_secret_reflector(
        runtime::cluster_store& store,
        runtime::change_listener listener,
        runtime::source from = runtime::source::watch
    )
        : table_reader(pull_secret_fields::table(), store, runtime::kind::secrets, std::move(listener), from)
    {
    }

    /// For lists and watches of the Secrets with the name `only` (`kube::select_name`), with or without our
    /// label. If `only` is empty, the reflector is for the Secrets that `our_secrets` selects.
    pull_secret_reflector(runtime::cluster_store& store, runtime::change_listener listener, std::string only)
        : pull_secret_reflector(store, std::move(listener))
    {
        only_ = std::move(only);
    }

    void begin_list() override;
    void end_list(std::uint64_t resource_version) override;
    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// An unreadable Secret counts as foreign until the watch reports a readable version.
    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override;

private:
    /// Any client can set our label, so the name must have our prefix, too.
    bool is_selected(std::string_view name) const
    {
        return only_.empty() ? name.starts_with(secret_prefix) : name == only_;
    }

    std::string only_;  ///< the only accepted name; empty: any name with our prefix
};

/// Owner of a Secret whose name we need or reference.
enum class ownership
{
    absent,   ///< the Secret does not exist
    ours,     ///< has our type and an ImagePullSecret as owner
    unowned,  ///< has our type, no owner, and no managed-by label with another value: may be adopted
    foreign   ///< any other Secret: never changed
};

/// Classifies the Secret in the answer to a GET.
class pull_secret_classifier final : public kube::table_reader<pull_secret_fields>
{
public:
    pull_secret_classifier() : table_reader(pull_secret_fields::table()) {}

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// An unreadable Secret counts as foreign, because its owner is unknown.
    void on_unreadable(kube::object_event, kube::object_meta const& meta, std::string_view) override
    {
        resource_version = meta.resource_version;
        owner = ownership::foreign;
    }

    ownership owner = ownership::absent;
    runtime::secret_state state;
    std::uint64_t resource_version = 0;
};

}  // namespace tcr::controller
