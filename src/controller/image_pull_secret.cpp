// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace tcr::controller
{
namespace
{

namespace json = boost::json;

// Limits in bytes. deploy/base/crd.yaml limits the characters, and a character has up to four bytes in UTF-8.
// Fields of at most 1,024 characters use `kube::default_max_bytes`.
constexpr std::size_t max_list_bytes = 4 * 262'144;
constexpr std::size_t max_password_bytes = 4 * 16'384;
constexpr std::size_t max_condition_bytes = 4 * 32'768;
constexpr std::size_t max_message_bytes = 4 * 4'096;

std::int64_t count_of(std::string_view text)
{
    return static_cast<std::int64_t>(parse_u64(text).value_or(0));
}

label_selector::requirement& expression_of(image_pull_secret_values& cr)
{
    return cr.spec.namespace_selector.requirements.back();
}

/// Adds an empty entry to a list of the status. `set_in_last` then sets its members.
template <auto List>
void add_entry(image_pull_secret_values& cr)
{
    (cr.status.*List).emplace_back();
}

template <auto List, auto Member>
void set_in_last(image_pull_secret_values& cr, std::string_view, std::string_view text)
{
    (cr.status.*List).back().*Member = text;
}

json::array entries_json(std::vector<status_entry> const& entries, char const* time, bool failures)
{
    json::array list;
    for (auto const& entry : entries)
    {
        json::object item{{"namespacedName", entry.namespaced_name}, {time, entry.time}};
        if (failures)
        {
            item["reason"] = entry.reason;
            item["message"] = entry.message;
        }
        list.push_back(std::move(item));
    }
    return list;
}

json::array conditions_json(image_pull_secret_status const& status)
{
    json::array list;
    for (auto const& each : status.conditions)
        list.push_back(json::object{
            {"type", each.type},
            {"status", each.status},
            {"reason", each.reason},
            {"message", each.message},
            {"lastTransitionTime", each.last_transition_time},
            {"observedGeneration", each.observed_generation}});
    return list;
}

/// The value of status.credential; null if both times are empty. A token that does not expire has a refresh
/// time, and its expiry is null.
json::value credential_json(image_pull_secret_status const& status)
{
    if (status.credential_expires_at.empty() && status.credential_refreshed_at.empty())
        return nullptr;
    auto const time = [](std::string const& text)
    { return text.empty() ? json::value(nullptr) : json::value(json::string_view(text)); };
    return json::object{
        {"expiresAt", time(status.credential_expires_at)},
        {"lastRefreshTime", time(status.credential_refreshed_at)}};
}

/// The members `metadata` (without the name) and `spec` of an ImagePullSecret for an instance.
json::object body_of(image_pull_secret const& cr, bool is_patch)
{
    json::object docker;
    // In a merge patch, null removes a member (RFC 7396). The body of a new object leaves the member out.
    auto const put = [is_patch](json::object& into, std::string_view name, std::string const& text)
    {
        if (!text.empty())
            into[name] = text;
        else if (is_patch)
            into[name] = nullptr;
    };
    auto const& spec = cr.spec;
    put(docker, "server", spec.server);
    put(docker, "username", spec.username);
    put(docker, "password", spec.password);
    json::object fields;
    if (is_patch)
    {
        docker["passwordSecretRef"] = nullptr;
        docker["configSecretRef"] = nullptr;
        fields["tcr"] = nullptr;
        fields["references"] = nullptr;
        fields["namespaceSelector"] = nullptr;
        fields["excludedNamespaces"] = nullptr;
    }
    if (spec.password_from)
        docker["passwordSecretRef"] =
            json::object{{"name", spec.password_from->name}, {"key", spec.password_from->key}};
    if (spec.tcr)
        fields["tcr"] = json::object{
            {"registryId", spec.tcr->registry_id},
            {"region", spec.tcr->region},
            {"tokenType", spec.tcr->token_type.empty() ? "temp" : spec.tcr->token_type}};
    if (!spec.excluded_namespaces.empty())
        fields["excludedNamespaces"] =
            json::array(spec.excluded_namespaces.begin(), spec.excluded_namespaces.end());
    // Write "*" instead of an empty list, because `kubectl get` shows these fields as columns.
    fields["namespaces"] = spec.namespaces.empty() ? "*" : spec.namespaces;
    fields["serviceAccounts"] = spec.service_accounts.empty() ? "*" : spec.service_accounts;
    fields["docker"] = std::move(docker);
    json::object labels;
    labels[managed_by_label] = managed_by_value;
    labels[instance_label] = cr.instance;
    json::object metadata;
    metadata["labels"] = std::move(labels);
    json::object body;
    body["metadata"] = std::move(metadata);
    body["spec"] = std::move(fields);
    return body;
}

}  // namespace

kube::resource image_pull_secret_type()
{
    return {"tcr.tencentcloudcr.com", "v1", "imagepullsecrets"};
}

condition const* find_condition(image_pull_secret_status const& status, std::string_view type)
{
    auto const found = std::ranges::find(status.conditions, type, &condition::type);
    return found == status.conditions.end() ? nullptr : &*found;
}

kube::field_table<image_pull_secret_values> image_pull_secret_fields()
{
    using status = image_pull_secret_status;
    using entry = status_entry;
    static constexpr kube::field<image_pull_secret_values> all[] = {
        {.path = "spec.namespaces",
         .set = [](auto& cr, auto, auto text) { cr.spec.namespaces = text; },
         .max_bytes = max_list_bytes,
         .is_name_list = true},
        {.path = "spec.serviceAccounts",
         .set = [](auto& cr, auto, auto text) { cr.spec.service_accounts = text; },
         .max_bytes = max_list_bytes,
         .is_name_list = true},
        {"spec.references", [](auto& cr, auto, auto text) { cr.spec.references = text; }},
        {"spec.namespaceSelector.matchLabels.*",
         [](auto& cr, auto key, auto text)
         {
             cr.spec.namespace_selector.requirements.push_back(
                 {std::string(key), label_selector::op::in, {std::string(text)}, true}
             );
         }},
        {.path = "spec.namespaceSelector.matchExpressions[]",
         .open =
             [](auto& cr)
         {
             cr.spec.namespace_selector.requirements.push_back({{}, label_selector::op::unknown, {}, false});
         }},
        {.path = "spec.namespaceSelector.matchExpressions[].key",
         .set = [](auto& cr, auto, auto text) { expression_of(cr).key = text; },
         .is_required = true},
        {.path = "spec.namespaceSelector.matchExpressions[].operator",
         .set = [](auto& cr, auto, auto text) { expression_of(cr).how = label_selector::operator_of(text); },
         .is_required = true},
        {"spec.namespaceSelector.matchExpressions[].values[]",
         [](auto& cr, auto, auto text) { expression_of(cr).values.emplace_back(text); }},
        {"spec.excludedNamespaces[]",
         [](auto& cr, auto, auto text) { cr.spec.excluded_namespaces.emplace_back(text); }},
        {.path = "spec.docker", .is_required = true},
        {"spec.docker.server", [](auto& cr, auto, auto text) { cr.spec.server = text; }},
        {"spec.docker.username", [](auto& cr, auto, auto text) { cr.spec.username = text; }},
        {"spec.docker.password",
         [](auto& cr, auto, auto text) { cr.spec.password = text; },
         max_password_bytes},
        {.path = "spec.docker.passwordSecretRef", .open = [](auto& cr) { cr.spec.password_from.emplace(); }},
        {.path = "spec.docker.passwordSecretRef.name",
         .set = [](auto& cr, auto, auto text) { cr.spec.password_from->name = text; },
         .is_required = true},
        {"spec.docker.passwordSecretRef.key",
         [](auto& cr, auto, auto text) { cr.spec.password_from->key = text; }},
        {.path = "spec.docker.configSecretRef", .open = [](auto& cr) { cr.spec.config_from.emplace(); }},
        {.path = "spec.docker.configSecretRef.name",
         .set = [](auto& cr, auto, auto text) { cr.spec.config_from->name = text; },
         .is_required = true},
        {"spec.docker.configSecretRef.key",
         [](auto& cr, auto, auto text) { cr.spec.config_from->key = text; }},
        {.path = "spec.tcr", .open = [](auto& cr) { cr.spec.tcr.emplace(); }},
        {.path = "spec.tcr.registryId",
         .set = [](auto& cr, auto, auto text) { cr.spec.tcr->registry_id = text; },
         .is_required = true},
        {.path = "spec.tcr.region",
         .set = [](auto& cr, auto, auto text) { cr.spec.tcr->region = text; },
         .is_required = true},
        {"spec.tcr.tokenType", [](auto& cr, auto, auto text) { cr.spec.tcr->token_type = text; }},
        {"metadata.generation", [](auto& cr, auto, auto text) { cr.generation = count_of(text); }},
        {"metadata.finalizers[]",
         [](auto& cr, auto, auto text)
         { cr.has_orphan_finalizer = cr.has_orphan_finalizer || text == "orphan"; }},
        {{"metadata.labels", managed_by_label}, [](auto& cr, auto, auto text) { cr.managed_by = text; }},
        {{"metadata.labels", instance_label}, [](auto& cr, auto, auto text) { cr.instance = text; }},
        {"status.credential.expiresAt",
         [](auto& cr, auto, auto text) { cr.status.credential_expires_at = text; }},
        {"status.credential.lastRefreshTime",
         [](auto& cr, auto, auto text) { cr.status.credential_refreshed_at = text; }},
        {"status.secretsDesired",
         [](auto& cr, auto, auto text)
         {
             cr.status.secrets_desired = count_of(text);
             cr.has_status = true;
         }},
        {"status.secretsSuccess",
         [](auto& cr, auto, auto text) { cr.status.secrets_success = count_of(text); }},
        {"status.sAsDesired", [](auto& cr, auto, auto text) { cr.status.accounts_desired = count_of(text); }},
        {"status.sAsSuccess", [](auto& cr, auto, auto text) { cr.status.accounts_success = count_of(text); }},
        {"status.observedGeneration",
         [](auto& cr, auto, auto text) { cr.status.observed_generation = count_of(text); }},
        {.path = "status.conditions[]", .open = add_entry<&status::conditions>},
        {"status.conditions[].type", set_in_last<&status::conditions, &condition::type>},
        {"status.conditions[].status", set_in_last<&status::conditions, &condition::status>},
        {"status.conditions[].reason", set_in_last<&status::conditions, &condition::reason>},
        {"status.conditions[].message",
         set_in_last<&status::conditions, &condition::message>,
         max_condition_bytes},
        {"status.conditions[].lastTransitionTime",
         set_in_last<&status::conditions, &condition::last_transition_time>},
        {"status.conditions[].observedGeneration",
         [](auto& cr, auto, auto text) { cr.status.conditions.back().observed_generation = count_of(text); }},
        {.path = "status.secretUpdateSuccessful[]", .open = add_entry<&status::secrets_updated>},
        {"status.secretUpdateSuccessful[].namespacedName",
         set_in_last<&status::secrets_updated, &entry::namespaced_name>},
        {"status.secretUpdateSuccessful[].updatedAt", set_in_last<&status::secrets_updated, &entry::time>},
        {.path = "status.secretUpdateFailed[]", .open = add_entry<&status::secrets_failed>},
        {"status.secretUpdateFailed[].namespacedName",
         set_in_last<&status::secrets_failed, &entry::namespaced_name>},
        {"status.secretUpdateFailed[].lastAttemptAt", set_in_last<&status::secrets_failed, &entry::time>},
        {"status.secretUpdateFailed[].reason", set_in_last<&status::secrets_failed, &entry::reason>},
        {"status.secretUpdateFailed[].message",
         set_in_last<&status::secrets_failed, &entry::message>,
         max_message_bytes},
        {.path = "status.serviceAccountsModifySuccessful[]", .open = add_entry<&status::accounts_updated>},
        {"status.serviceAccountsModifySuccessful[].namespacedName",
         set_in_last<&status::accounts_updated, &entry::namespaced_name>},
        {"status.serviceAccountsModifySuccessful[].updatedAt",
         set_in_last<&status::accounts_updated, &entry::time>},
        {.path = "status.serviceAccountsModifyFailed[]", .open = add_entry<&status::accounts_failed>},
        {"status.serviceAccountsModifyFailed[].namespacedName",
         set_in_last<&status::accounts_failed, &entry::namespaced_name>},
        {"status.serviceAccountsModifyFailed[].lastAttemptAt",
         set_in_last<&status::accounts_failed, &entry::time>},
        {"status.serviceAccountsModifyFailed[].reason",
         set_in_last<&status::accounts_failed, &entry::reason>},
        {"status.serviceAccountsModifyFailed[].message",
         set_in_last<&status::accounts_failed, &entry::message>,
         max_message_bytes},
    };
    return all;
}

kube::field_table<image_pull_secret_values> image_pull_secret_spec_fields()
{
    auto const all = image_pull_secret_fields();
    auto const size =
        std::ranges::count_if(all, [](auto const& each) { return each.path.text.starts_with("spec."); });
    return all.first(static_cast<std::size_t>(size));
}

image_pull_secret image_pull_secret_values::take(kube::object_meta const& meta)
{
    name = meta.name;
    uid = meta.uid;
    resource_version = meta.resource_version;
    keeps_secrets = meta.is_deleting && has_orphan_finalizer;
    if (managed_by != managed_by_value)
        instance.clear();
    return std::move(*this);
}

credentials::token_reference tcr_source::reference() const
{
    credentials::token_reference to;
    to.instance.id = registry_id;
    to.instance.region = region;
    to.type = registry::parse_token_type(token_type).value_or(registry::token_type::temp);
    return to;
}

runtime::object_reference reference_to(image_pull_secret const& cr)
{
    auto const type = image_pull_secret_type();
    runtime::object_reference to;
    to.api_version = type.group + "/" + type.version;
    to.kind = "ImagePullSecret";
    to.name = cr.name;
    to.uid = cr.uid;
    return to;
}

std::string create_body(image_pull_secret const& cr)
{
    auto body = body_of(cr, false);
    body["apiVersion"] = "tcr.tencentcloudcr.com/v1";
    body["kind"] = "ImagePullSecret";
    body["metadata"].as_object()["name"] = cr.name;
    return json::serialize(body);
}

std::string update_body(image_pull_secret const& cr)
{
    return json::serialize(body_of(cr, true));
}

std::string status_patch(image_pull_secret_status const& status)
{
    // `credential` may be null, which removes this member in a merge patch (RFC 7396).
    json::object const fields{
        {"secretsDesired", status.secrets_desired},
        {"secretsSuccess", status.secrets_success},
        {"sAsDesired", status.accounts_desired},
        {"sAsSuccess", status.accounts_success},
        {"secretUpdateSuccessful", entries_json(status.secrets_updated, "updatedAt", false)},
        {"secretUpdateFailed", entries_json(status.secrets_failed, "lastAttemptAt", true)},
        {"serviceAccountsModifySuccessful", entries_json(status.accounts_updated, "updatedAt", false)},
        {"serviceAccountsModifyFailed", entries_json(status.accounts_failed, "lastAttemptAt", true)},
        {"conditions", conditions_json(status)},
        {"observedGeneration", status.observed_generation},
        {"credential", credential_json(status)}};
    return json::serialize(json::object{{"status", fields}});
}

}  // namespace tcr::controller
