#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/controller/pull_secret.hpp>
#include <tcr/util/json_text.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

namespace tcr::controller
{
namespace
{

namespace json = boost::json;

enum image_pull_secret_field : int
{
    generation,
    namespaces,
    service_accounts,
    match_label,
    expression,
    expression_key,
    expression_operator,
    expression_value,
    excluded,
    server,
    username,
    password,
    password_reference,
    password_secret,
    password_key,
    tcr,
    tcr_registry_id,
    tcr_region,
    tcr_token_type,
    managed_by,
    instance,
    expires_at,
    refreshed_at,
    secrets_desired,
    secrets_success,
    accounts_desired,
    accounts_success,
    observed_generation,
    // The four lists: the entry itself, then its members, in this order.
    secrets_updated,
    secrets_failed = secrets_updated + 10,
    accounts_updated = secrets_failed + 10,
    accounts_failed = accounts_updated + 10,
    condition_entry = accounts_failed + 10,
    condition_type,
    condition_status,
    condition_reason,
    condition_message,
    condition_time
};

enum entry_member : int
{
    entry_itself,
    entry_name,
    entry_time,
    entry_reason,
    entry_message,
    entry_members
};

// The bounds of deploy/base/crd.yaml count characters, of up to four bytes each. What it bounds by 1,024 characters or
// fewer is within the default.
constexpr std::size_t max_list_bytes = 4 * 262'144;
constexpr std::size_t max_password_bytes = 4 * 16'384;
constexpr std::size_t max_condition_bytes = 4 * 32'768;
constexpr std::size_t max_message_bytes = 4 * 4'096;

void add_entry_paths(
    std::vector<kube::skim_path>& paths, int first, std::string const& list, char const* time, bool failures
)
{
    paths.push_back({first + entry_itself, {"status", list, "[]"}});
    paths.push_back({first + entry_name, {"status", list, "[]", "namespacedName"}});
    paths.push_back({first + entry_time, {"status", list, "[]", time}});
    if (!failures)
        return;
    paths.push_back({first + entry_reason, {"status", list, "[]", "reason"}});
    paths.push_back({first + entry_message, {"status", list, "[]", "message"}, false, max_message_bytes});
}

std::vector<status_entry>* list_of(image_pull_secret_status& status, int field)
{
    if (field >= accounts_failed && field < accounts_failed + int(entry_members))
        return &status.accounts_failed;
    if (field >= accounts_updated && field < accounts_updated + int(entry_members))
        return &status.accounts_updated;
    if (field >= secrets_failed && field < secrets_failed + int(entry_members))
        return &status.secrets_failed;
    if (field >= secrets_updated && field < secrets_updated + int(entry_members))
        return &status.secrets_updated;
    return nullptr;
}

void set_entry_member(status_entry& entry, int field, std::string_view text)
{
    switch ((field - secrets_updated) % 10)
    {
        case entry_name:
            entry.namespaced_name = text;
            break;
        case entry_time:
            entry.time = text;
            break;
        case entry_reason:
            entry.reason = text;
            break;
        case entry_message:
            entry.message = text;
            break;
        default:
            break;
    }
}

json::array entries_json(std::vector<status_entry> const& entries, char const* time, bool failures)
{
    json::array list;
    for (auto const& entry : entries)
    {
        json::object item;
        item["namespacedName"] = entry.namespaced_name;
        item[time] = entry.time;
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
    {
        json::object item;
        item["type"] = each.type;
        item["status"] = each.status;
        item["reason"] = each.reason;
        item["message"] = each.message;
        item["lastTransitionTime"] = each.last_transition_time;
        list.push_back(std::move(item));
    }
    return list;
}

/// Null, and null for a member, where it is empty. A token that does not end has a refresh time and no end.
json::value credential_json(image_pull_secret_status const& status)
{
    if (status.credential_expires_at.empty() && status.credential_refreshed_at.empty())
        return nullptr;
    json::object credential;
    auto const put = [&credential](char const* name, std::string const& time)
    {
        if (time.empty())
            credential[name] = nullptr;
        else
            credential[name] = time;
    };
    put("expiresAt", status.credential_expires_at);
    put("lastRefreshTime", status.credential_refreshed_at);
    return credential;
}

/// The members `metadata` (without the name) and `spec` of a CR that we make for an instance.
json::object body_of(image_pull_secret const& cr, bool is_patch)
{
    json::object docker;
    // In a merge patch null removes (RFC 7386); a new object must not have it.
    auto const put = [is_patch](json::object& into, std::string_view name, std::string const& text)
    {
        if (!text.empty())
            into[json_text(name)] = text;
        else if (is_patch)
            into[json_text(name)] = nullptr;
    };
    auto const& spec = cr.spec;
    put(docker, "server", spec.server);
    put(docker, "username", spec.username);
    put(docker, "password", spec.password);
    json::object fields;
    if (is_patch)
    {
        docker["passwordSecretRef"] = nullptr;
        fields["tcr"] = nullptr;
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
    // Written where it is empty, too: the printed columns show it.
    fields["namespaces"] = spec.namespaces.empty() ? "*" : spec.namespaces;
    fields["serviceAccounts"] = spec.service_accounts.empty() ? "*" : spec.service_accounts;
    fields["docker"] = std::move(docker);
    json::object labels;
    labels[json_text(managed_by_label)] = json_text(managed_by_value);
    labels[json_text(instance_label)] = cr.instance;
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

std::vector<kube::skim_path> image_pull_secret_fields::spec_paths()
{
    return {
        {generation, {"metadata", "generation"}},
        {namespaces, {"spec", "namespaces"}, false, max_list_bytes},
        {service_accounts, {"spec", "serviceAccounts"}, false, max_list_bytes},
        {match_label, {"spec", "namespaceSelector", "matchLabels", "*"}},
        {expression, {"spec", "namespaceSelector", "matchExpressions", "[]"}},
        {expression_key, {"spec", "namespaceSelector", "matchExpressions", "[]", "key"}},
        {expression_operator, {"spec", "namespaceSelector", "matchExpressions", "[]", "operator"}},
        {expression_value, {"spec", "namespaceSelector", "matchExpressions", "[]", "values", "[]"}},
        {excluded, {"spec", "excludedNamespaces", "[]"}},
        {server, {"spec", "docker", "server"}},
        {username, {"spec", "docker", "username"}},
        {password, {"spec", "docker", "password"}, false, max_password_bytes},
        {password_reference, {"spec", "docker", "passwordSecretRef"}},
        {password_secret, {"spec", "docker", "passwordSecretRef", "name"}},
        {password_key, {"spec", "docker", "passwordSecretRef", "key"}},
        {tcr, {"spec", "tcr"}},
        {tcr_registry_id, {"spec", "tcr", "registryId"}},
        {tcr_region, {"spec", "tcr", "region"}},
        {tcr_token_type, {"spec", "tcr", "tokenType"}},
    };
}

std::vector<kube::skim_path> image_pull_secret_fields::paths()
{
    auto paths = spec_paths();
    std::vector<kube::skim_path> const status{
        {managed_by, {"metadata", "labels", std::string(managed_by_label)}},
        {instance, {"metadata", "labels", std::string(instance_label)}},
        {expires_at, {"status", "credential", "expiresAt"}},
        {refreshed_at, {"status", "credential", "lastRefreshTime"}},
        {secrets_desired, {"status", "secretsDesired"}},
        {secrets_success, {"status", "secretsSuccess"}},
        {accounts_desired, {"status", "sAsDesired"}},
        {accounts_success, {"status", "sAsSuccess"}},
        {observed_generation, {"status", "observedGeneration"}},
        {condition_entry, {"status", "conditions", "[]"}},
        {condition_type, {"status", "conditions", "[]", "type"}},
        {condition_status, {"status", "conditions", "[]", "status"}},
        {condition_reason, {"status", "conditions", "[]", "reason"}},
        {condition_message, {"status", "conditions", "[]", "message"}, false, max_condition_bytes},
        {condition_time, {"status", "conditions", "[]", "lastTransitionTime"}},
    };
    paths.insert(paths.end(), status.begin(), status.end());
    add_entry_paths(paths, secrets_updated, "secretUpdateSuccessful", "updatedAt", false);
    add_entry_paths(paths, secrets_failed, "secretUpdateFailed", "lastAttemptAt", true);
    add_entry_paths(paths, accounts_updated, "serviceAccountsModifySuccessful", "updatedAt", false);
    add_entry_paths(paths, accounts_failed, "serviceAccountsModifyFailed", "lastAttemptAt", true);
    return paths;
}

void image_pull_secret_fields::on_open(int field)
{
    if (field == expression)
        object.spec.namespace_selector.requirements.push_back({{}, label_selector::op::unknown, {}, false});
    else if (field == condition_entry)
        object.status.conditions.emplace_back();
    else if (field == password_reference)
        object.spec.password_from.emplace();
    else if (field == tcr)
        object.spec.tcr.emplace();
    else if (auto* list = list_of(object.status, field))
        list->emplace_back();
}

void image_pull_secret_fields::on_value(int field, std::string_view key, std::string_view text)
{
    auto& spec = object.spec;
    auto& status = object.status;
    auto number = [&] { return static_cast<std::int64_t>(parse_u64(text).value_or(0)); };
    auto expression_at_hand = [&]() -> label_selector::requirement&
    { return spec.namespace_selector.requirements.back(); };
    switch (field)
    {
        case generation:
            object.generation = number();
            return;
        case namespaces:
            spec.namespaces = text;
            return;
        case service_accounts:
            spec.service_accounts = text;
            return;
        case match_label:
            spec.namespace_selector.requirements.push_back(
                {std::string(key), label_selector::op::in, {std::string(text)}, true}
            );
            return;
        case expression_key:
            expression_at_hand().key = text;
            return;
        case expression_operator:
            expression_at_hand().how = label_selector::operator_of(text);
            return;
        case expression_value:
            expression_at_hand().values.emplace_back(text);
            return;
        case excluded:
            spec.excluded_namespaces.emplace_back(text);
            return;
        case server:
            spec.server = text;
            return;
        case username:
            spec.username = text;
            return;
        case password:
            spec.password = text;
            return;
        case password_secret:
            spec.password_from->name = text;
            return;
        case password_key:
            spec.password_from->key = text;
            return;
        case tcr_registry_id:
            spec.tcr->registry_id = text;
            return;
        case tcr_region:
            spec.tcr->region = text;
            return;
        case tcr_token_type:
            spec.tcr->token_type = text;
            return;
        case managed_by:
            managed_by_ = text;
            return;
        case instance:
            instance_ = text;
            return;
        case expires_at:
            status.credential_expires_at = text;
            return;
        case refreshed_at:
            status.credential_refreshed_at = text;
            return;
        case secrets_desired:
            status.secrets_desired = number();
            object.has_status = true;
            return;
        case secrets_success:
            status.secrets_success = number();
            return;
        case accounts_desired:
            status.accounts_desired = number();
            return;
        case accounts_success:
            status.accounts_success = number();
            return;
        case observed_generation:
            status.observed_generation = number();
            return;
        case condition_type:
            status.conditions.back().type = text;
            return;
        case condition_status:
            status.conditions.back().status = text;
            return;
        case condition_reason:
            status.conditions.back().reason = text;
            return;
        case condition_message:
            status.conditions.back().message = text;
            return;
        case condition_time:
            status.conditions.back().last_transition_time = text;
            return;
        default:
            break;
    }
    // A list of bare texts, which only a CRD without a schema lets through, opens no entry.
    if (auto* list = list_of(status, field); list && !list->empty())
        set_entry_member(list->back(), field, text);
}

image_pull_secret image_pull_secret_fields::take(kube::object_meta const& meta)
{
    object.name = meta.name;
    object.uid = meta.uid;
    object.resource_version = meta.resource_version;
    if (managed_by_ == managed_by_value)
        object.instance = instance_;
    return std::move(object);
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
    json::object fields;
    fields["secretsDesired"] = status.secrets_desired;
    fields["secretsSuccess"] = status.secrets_success;
    fields["sAsDesired"] = status.accounts_desired;
    fields["sAsSuccess"] = status.accounts_success;
    fields["secretUpdateSuccessful"] = entries_json(status.secrets_updated, "updatedAt", false);
    fields["secretUpdateFailed"] = entries_json(status.secrets_failed, "lastAttemptAt", true);
    fields["serviceAccountsModifySuccessful"] = entries_json(status.accounts_updated, "updatedAt", false);
    fields["serviceAccountsModifyFailed"] = entries_json(status.accounts_failed, "lastAttemptAt", true);
    fields["conditions"] = conditions_json(status);
    fields["observedGeneration"] = status.observed_generation;
    // In a merge patch null removes (RFC 7386).
    fields["credential"] = credential_json(status);
    json::object body;
    body["status"] = std::move(fields);
    return json::serialize(body);
}

}  // namespace tcr::controller
