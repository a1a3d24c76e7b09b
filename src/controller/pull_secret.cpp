// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/pull_secret.hpp>
#include <tcr/kube/docker_config.hpp>
#include <tcr/util/strings.hpp>

#include <vector>

namespace tcr::controller
{
namespace
{

constexpr std::string_view api_group = "tcr.tencentcloudcr.com/";
constexpr std::string_view cr_kind = "ImagePullSecret";

/// A hash of all fields that we write into a Secret, except the expiry.
std::uint64_t fingerprint_of(
    std::string_view managed_by_text,
    std::string_view cr_label_text,
    std::string_view hash,
    std::string_view owner,
    sha256::digest const& content
)
{
    std::string all;
    for (auto part : {managed_by_text, cr_label_text, hash, owner})
        all.append(part).append(1, '\0');
    all.append(reinterpret_cast<char const*>(content.data()), content.size());
    return prefix64(sha256_of(all));
}

}  // namespace

std::string secret_name(std::string_view cr)
{
    return std::string(secret_prefix).append(cr);
}

kube::selection our_secrets()
{
    kube::selection which;
    which.label_selector.append(managed_by_label).append("=").append(managed_by_value);
    return which;
}

std::string label_value_of(std::string_view cr)
{
    constexpr std::size_t max_label_length = 63;
    if (cr.size() <= max_label_length)
        return std::string(cr);
    return "sha256-" + hex(sha256_of(cr), 16);
}

pull_secret::pull_secret(
    image_pull_secret const& cr, std::optional<credentials::credential> const& credential
)
    : name(secret_name(cr.name))
{
    if (!credential)
        return;
    auto const data = base64_encode(credential->docker_config);
    auto const label = label_value_of(cr.name);
    auto const hash = hex(sha256_of(credential->docker_config), 16);
    fingerprint = fingerprint_of(managed_by_value, label, hash, cr.uid, sha256_of(data));
    if (credential->expires_at)
        expiry_ = rfc3339(*credential->expires_at);

    // No escaping is needed: all inserted texts are names, hashes, times, UIDs or base64.
    annotations_ = "\"annotations\":{\"" + std::string(hash_annotation) + "\":\"" + hash + "\"";
    content_ = "\"labels\":{\"" + std::string(managed_by_label) + "\":\"" + std::string(managed_by_value) +
               "\",\"" + std::string(image_pull_secret_label) + "\":\"" + label +
               "\"},\"ownerReferences\":[{\"apiVersion\":\"tcr.tencentcloudcr.com/v1\",\"kind\":\"" +
               std::string(cr_kind) + "\",\"name\":\"" + cr.name + "\",\"uid\":\"" + cr.uid +
               "\"}]},\"data\":{\"" + std::string(kube::docker_config_key) + "\":\"" + data + "\"}";
    create_body = "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"type\":\"" +
                  std::string(kube::docker_config_type) + "\",\"metadata\":{\"name\":\"" + name + "\"," +
                  annotations_ + (expiry_.empty() ? "" : expiry_member()) + "}," + content_ + "}";
}

/// The expiry annotation. Its value is null if the credential does not expire. In a merge patch, null removes
/// the annotation of a previous credential (RFC 7396).
std::string pull_secret::expiry_member() const
{
    return ",\"" + std::string(expiry_annotation) + "\":" + (expiry_.empty() ? "null" : '"' + expiry_ + '"');
}

std::string pull_secret::update_body(std::uint64_t resource_version) const
{
    return "{\"metadata\":{\"resourceVersion\":\"" + std::to_string(resource_version) + "\"," + annotations_ +
           expiry_member() + "}," + content_ + "}";
}

kube::field_table<pull_secret_fields> pull_secret_fields::table()
{
    static constexpr kube::field<pull_secret_fields> all[] = {
        {"type", [](auto& secret, auto, auto text) { secret.type_ = text; }},
        {"immutable", [](auto& secret, auto, auto text) { secret.is_immutable_ = text == "true"; }},
        {{"metadata.labels", managed_by_label},
         [](auto& secret, auto, auto text) { secret.managed_by_ = text; }},
        {{"metadata.labels", image_pull_secret_label},
         [](auto& secret, auto, auto text) { secret.cr_label_ = text; }},
        {{"metadata.annotations", hash_annotation},
         [](auto& secret, auto, auto text) { secret.hash_ = text; }},
        {.path = "metadata.ownerReferences[]", .open = [](auto& secret) { secret.finish_owner(); }},
        {"metadata.ownerReferences[].apiVersion",
         [](auto& secret, auto, auto text) { secret.owner_.api_version = text; }},
        {"metadata.ownerReferences[].kind", [](auto& secret, auto, auto text) { secret.owner_.kind = text; }},
        {"metadata.ownerReferences[].uid", [](auto& secret, auto, auto text) { secret.owner_.uid = text; }},
        {.path = {"data", kube::docker_config_key},
         .piece = [](auto& secret, auto piece, bool last) { secret.add_content(piece, last); }},
    };
    return all;
}

void pull_secret_fields::clear()
{
    for (auto* text : {&type_, &managed_by_, &cr_label_, &hash_, &our_owner_uid_})
        text->clear();
    owner_ = {};
    has_foreign_owner_ = false;
    is_immutable_ = false;
    if (is_hashing_)
        hasher_.finish();
    is_hashing_ = false;
    content_ = {};
}

void pull_secret_fields::finish_owner()
{
    if (owner_.uid.empty())
        return;
    bool const is_cr = owner_.kind == cr_kind && owner_.api_version.starts_with(api_group);
    if (is_cr)
        our_owner_uid_ = owner_.uid;
    has_foreign_owner_ = has_foreign_owner_ || !is_cr;
    owner_ = {};
}

void pull_secret_fields::add_content(std::string_view piece, bool last)
{
    hasher_.update(piece);
    is_hashing_ = !last;
    if (last)
        content_ = hasher_.finish();
}

runtime::secret_state pull_secret_fields::state()
{
    finish_owner();
    runtime::secret_state state;
    bool const has_foreign_label = !managed_by_.empty() && !has_our_label();
    state.is_foreign =
        type_ != kube::docker_config_type || (!has_our_owner() && (has_foreign_owner_ || has_foreign_label));
    state.is_immutable = is_immutable_;
    state.is_unowned = !state.is_foreign && !has_our_owner();
    state.has_our_label = has_our_label();
    state.fingerprint = fingerprint_of(managed_by_, cr_label_, hash_, our_owner_uid_, content_);
    return state;
}

void pull_secret_reflector::begin_list()
{
    if (only_.empty())
        store_reflector::begin_list();
    else
        store_.begin_list_of_secret(only_);
}

void pull_secret_reflector::end_list(std::uint64_t resource_version)
{
    if (only_.empty())
        return store_reflector::end_list(resource_version);
    std::vector<runtime::namespace_id> lost;
    store_.end_list_of_secret(only_, resource_version, lost);
    for (auto const where : lost)
        report({runtime::change::removed, where});
}

void pull_secret_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    if (!is_selected(meta.name))
        return;
    if (event == kube::object_event::deleted)
        report(store_.drop_secret(meta.ns, meta.name, meta.resource_version));
    else
        report(store_.put_secret(meta.ns, meta.name, meta.resource_version, values_.state(), source_of(event))
        );
}

void pull_secret_reflector::on_unreadable(
    kube::object_event event, kube::object_meta const& meta, std::string_view
)
{
    if (!is_selected(meta.name))
        return;
    runtime::secret_state state;
    state.is_foreign = true;
    report(store_.put_secret(meta.ns, meta.name, meta.resource_version, state, source_of(event)));
}

void pull_secret_classifier::on_object(kube::object_event, kube::object_meta const& meta)
{
    state = values_.state();
    resource_version = meta.resource_version;
    owner = state.is_foreign ? ownership::foreign : state.is_unowned ? ownership::unowned : ownership::ours;
}

}  // namespace tcr::controller
