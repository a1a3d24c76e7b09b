#include <tcr/controller/image_pull_secret.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

namespace tcr::controller
{
namespace
{

namespace json = boost::json;

enum field : int
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

void add_entry_paths(
    std::vector<kube::skim_path>& paths, int first, std::string const& list, char const* time
)
{
    paths.push_back({first + entry_itself, {"status", list, "[]"}});
    paths.push_back({first + entry_name, {"status", list, "[]", "namespacedName"}});
    paths.push_back({first + entry_time, {"status", list, "[]", time}});
    paths.push_back({first + entry_reason, {"status", list, "[]", "reason"}});
    paths.push_back({first + entry_message, {"status", list, "[]", "message"}});
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

}  // namespace

kube::resource image_pull_secret_type()
{
    return {"tcr.tencentcloudcr.com", "v1", "imagepullsecrets"};
}

std::vector<kube::skim_path> image_pull_secret_fields::spec_paths()
{
    return {
        {generation, {"metadata", "generation"}},
        {namespaces, {"spec", "namespaces"}},
        {service_accounts, {"spec", "serviceAccounts"}},
        {match_label, {"spec", "namespaceSelector", "matchLabels", "*"}},
        {expression, {"spec", "namespaceSelector", "matchExpressions", "[]"}},
        {expression_key, {"spec", "namespaceSelector", "matchExpressions", "[]", "key"}},
        {expression_operator, {"spec", "namespaceSelector", "matchExpressions", "[]", "operator"}},
        {expression_value, {"spec", "namespaceSelector", "matchExpressions", "[]", "values", "[]"}},
        {excluded, {"spec", "excludedNamespaces", "[]"}},
        {server, {"spec", "docker", "server"}},
        {username, {"spec", "docker", "username"}},
        {password, {"spec", "docker", "password"}},
    };
}

std::vector<kube::skim_path> image_pull_secret_fields::paths()
{
    auto paths = spec_paths();
    std::vector<kube::skim_path> const status{
        {secrets_desired, {"status", "secretsDesired"}},
        {secrets_success, {"status", "secretsSuccess"}},
        {accounts_desired, {"status", "sAsDesired"}},
        {accounts_success, {"status", "sAsSuccess"}},
        {observed_generation, {"status", "observedGeneration"}},
        {condition_entry, {"status", "conditions", "[]"}},
        {condition_type, {"status", "conditions", "[]", "type"}},
        {condition_status, {"status", "conditions", "[]", "status"}},
        {condition_reason, {"status", "conditions", "[]", "reason"}},
        {condition_message, {"status", "conditions", "[]", "message"}},
        {condition_time, {"status", "conditions", "[]", "lastTransitionTime"}},
    };
    paths.insert(paths.end(), status.begin(), status.end());
    add_entry_paths(paths, secrets_updated, "secretUpdateSuccessful", "updatedAt");
    add_entry_paths(paths, secrets_failed, "secretUpdateFailed", "lastAttemptAt");
    add_entry_paths(paths, accounts_updated, "serviceAccountsModifySuccessful", "updatedAt");
    add_entry_paths(paths, accounts_failed, "serviceAccountsModifyFailed", "lastAttemptAt");
    return paths;
}

void image_pull_secret_fields::on_open(int field)
{
    if (field == expression)
        object.spec.namespace_selector.requirements.push_back({{}, label_selector::op::unknown, {}, false});
    else if (field == condition_entry)
        object.status.conditions.emplace_back();
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
    json::object body;
    body["status"] = std::move(fields);
    return json::serialize(body);
}

}  // namespace tcr::controller
