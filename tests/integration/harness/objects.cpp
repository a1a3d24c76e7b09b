// SPDX-License-Identifier: Apache-2.0
#include "objects.hpp"

#include "secret_memory.hpp"
#include <tcr/util/strings.hpp>

namespace tcr::test
{

json::value body_of(spec const& cr)
{
    remember_secret(cr.password);
    json::object spec = cr.more_spec;
    spec["namespaces"] = cr.namespaces;
    spec["serviceAccounts"] = cr.service_accounts;
    spec["docker"] = {{"server", cr.server}, {"username", cr.username}, {"password", cr.password}};
    return {
        {"apiVersion", "tcr.tencentcloudcr.com/v1"},
        {"kind", "ImagePullSecret"},
        {"metadata", {{"name", cr.name}}},
        {"spec", spec}};
}

json::value namespace_body(std::string const& name, std::map<std::string, std::string> const& labels)
{
    json::object metadata{{"name", name}};
    metadata["labels"] = json::value_from(labels);
    return {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", metadata}};
}

json::value account_body(std::string const& name, std::vector<std::string> const& references)
{
    json::array list;
    for (auto const& each : references)
        list.push_back(json::object{{"name", each}});
    return {
        {"apiVersion", "v1"},
        {"kind", "ServiceAccount"},
        {"metadata", {{"name", name}}},
        {"imagePullSecrets", list}};
}

json::value pod_body(std::string const& name, std::string const& account)
{
    json::array containers;
    containers.push_back(json::object{{"name", "main"}, {"image", "registry.example.com/team/app:1"}});
    return {
        {"apiVersion", "v1"},
        {"kind", "Pod"},
        {"metadata", {{"name", name}}},
        {"spec", {{"serviceAccountName", account}, {"containers", std::move(containers)}}}};
}

json::value docker_secret_body(std::string const& name, spec const& login)
{
    return {
        {"apiVersion", "v1"},
        {"kind", "Secret"},
        {"type", "kubernetes.io/dockerconfigjson"},
        {"metadata", {{"name", name}}},
        {"stringData", {{".dockerconfigjson", json::serialize(expected_docker_config(login))}}}};
}

json::value opaque_secret_body(std::string const& name, std::string const& value)
{
    return {
        {"apiVersion", "v1"},
        {"kind", "Secret"},
        {"type", "Opaque"},
        {"metadata", {{"name", name}}},
        {"stringData", {{"value", value}}}};
}

json::value at(json::object const& object, std::vector<std::string> const& path)
{
    json::value const whole(object);
    auto const* here = &whole;
    for (auto const& key : path)
    {
        here = here->is_object() ? here->get_object().if_contains(key) : nullptr;
        if (here == nullptr)
            return nullptr;
    }
    return *here;
}

std::string text_at(json::object const& object, std::vector<std::string> const& path)
{
    auto const value = at(object, path);
    return value.is_string() ? std::string(value.get_string()) : std::string();
}

std::int64_t number_at(json::object const& object, std::vector<std::string> const& path)
{
    auto const value = at(object, path);
    return value.is_int64() ? value.get_int64() : -1;
}

std::string name_of(json::object const& object)
{
    return text_at(object, {"metadata", "name"});
}

std::string uid_of(json::object const& object)
{
    return text_at(object, {"metadata", "uid"});
}

std::string version_of(json::object const& object)
{
    return text_at(object, {"metadata", "resourceVersion"});
}

std::vector<std::string> references_of(json::object const& account)
{
    std::vector<std::string> names;
    auto const list = at(account, {"imagePullSecrets"});
    if (list.is_array())
        for (auto const& each : list.get_array())
            names.push_back(text_at(each.as_object(), {"name"}));
    return names;
}

std::string docker_config_of(json::object const& secret)
{
    return base64_decode(text_at(secret, {"data", ".dockerconfigjson"})).value_or(std::string());
}

json::value expected_docker_config(spec const& cr)
{
    remember_secret(cr.password);
    json::object login;
    login["username"] = cr.username;
    login["password"] = cr.password;
    login["auth"] = base64_encode(cr.username + ":" + cr.password);
    json::object auths;
    auths[cr.server] = login;
    return {{"auths", auths}};
}

std::string joined(std::vector<std::string> const& names)
{
    std::string text;
    for (auto const& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace tcr::test
