#pragma once

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

/// Names on the wire that other people's tools may rely on.
inline constexpr std::string_view secret_prefix = "tcr.ips";
inline constexpr std::string_view managed_by_label = "app.kubernetes.io/managed-by";
inline constexpr std::string_view managed_by_value = "tcr-assistant";
inline constexpr std::string_view cr_label = "tcr.tencentcloudcr.com/imagepullsecret";
inline constexpr std::string_view hash_annotation = "tcr.tencentcloudcr.com/content-hash";
inline constexpr std::string_view expiry_annotation = "tcr.tencentcloudcr.com/expires-at";
inline constexpr std::string_view pull_secret_kind = "kubernetes.io/dockerconfigjson";

/// "tcr.ips" + the CR's name.
std::string secret_name(std::string_view cr_name);

/// Those that bear our label: all that a watch of Secrets sees.
kube::selection our_secrets();

/// The value of `cr_label`: the CR's name, or a hash of it past the 63 characters of a label.
std::string cr_label_value(std::string_view cr_name);

/// What kubectl create secret docker-registry would put into .dockerconfigjson, byte for byte (Go's
/// encoding/json: fields in the order username, password, auth; <, > and & escaped).
std::string docker_config_json(std::string_view server, std::string_view username, std::string_view password);

/// The Secret a CR wants in every matching namespace: made once, the same for all of them.
struct pull_secret
{
    /// Without a login it is of no use to anybody, and only its name counts.
    pull_secret(image_pull_secret const& cr, std::optional<credentials::login> const& credential);

    std::string name;
    std::uint64_t fingerprint = 0;

    /// Body of the POST; the namespace is in the path.
    std::string create_body;

    /// Body of a merge patch that makes an existing Secret ours, only at this version of it.
    std::string update_body(std::uint64_t resource_version) const;

private:
    std::string expiry_member() const;

    std::string expiry_;  ///< of a token, RFC 3339; for people to read, so it is not part of the fingerprint

    // What the bodies of create and update share.
    std::string annotations_;
    std::string content_;
};

/// Collects from a Secret what tells whether it is as we want it: hashes what we would write, keeps no
/// content.
class pull_secret_fields
{
public:
    static kube::field_table<pull_secret_fields> table();
    void clear();

    /// Of the object at hand, once it is complete.
    runtime::secret_state state();
    bool has_our_label() const { return managed_by_ == managed_by_value; }

    /// Whether an ownerReference names an ImagePullSecret. Only after `state()`.
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
    bool is_hashing_ = false;  ///< between the first and the last piece
    sha256::digest content_{};
};

/// Keeps the store in step with the Secrets that bear our label.
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

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// It counts as a Secret that is not ours, until it changes.
    void on_unreadable(
        kube::object_event event, kube::object_meta const& meta, std::string_view problem
    ) override;
};

/// Whose a Secret is that stands in our way, or that a reference of ours names.
enum class ownership
{
    absent,  ///< there is none
    ours,    ///< made by us, or by the CR's owner reference
    orphan,  ///< right name and type, nobody's mark: the original software's, free to adopt for its CR
    foreign  ///< another type or owner: never touched
};

/// Reads one Secret by GET and says whose it is.
class pull_secret_judge final : public kube::table_reader<pull_secret_fields>
{
public:
    pull_secret_judge() : table_reader(pull_secret_fields::table()) {}

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// A Secret that cannot be read is not known to be ours, so it counts as foreign.
    void on_unreadable(kube::object_event, kube::object_meta const& meta, std::string_view) override
    {
        resource_version = meta.resource_version;
        verdict = ownership::foreign;
    }

    ownership verdict = ownership::absent;
    runtime::secret_state state;
    std::uint64_t resource_version = 0;
    bool is_watched = false;  ///< it bears our label, so the watch tells of it too
};

}  // namespace tcr::controller
