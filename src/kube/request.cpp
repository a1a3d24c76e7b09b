// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/request.hpp>
#include <tcr/util/strings.hpp>

namespace tcr::kube
{
namespace
{

/// The URL path of objects. Names are URL-encoded, because some come from the imagePullSecrets of a service
/// account, where a tenant can write any text.
std::string path_of(resource const& type, std::string_view ns, std::string_view name = {})
{
    std::string path = type.group.empty() ? "/api/" : "/apis/" + type.group + "/";
    path += type.version;
    if (!ns.empty())
        path.append("/namespaces/").append(url_encode(ns));
    path.append("/").append(type.plural);
    if (!name.empty())
        path.append("/").append(url_encode(name));
    return path;
}

void add_selection(std::string& target, selection const& which)
{
    if (!which.label_selector.empty())
        target += "&labelSelector=" + url_encode(which.label_selector);
    if (!which.field_selector.empty())
        target += "&fieldSelector=" + url_encode(which.field_selector);
}

constexpr std::string_view json_type = "application/json";

net::http_request make_request(
    std::string method,
    std::string target,
    std::string_view accept = json_type,
    std::string_view content_type = {},
    std::string body = {}
)
{
    std::string headers = "Accept: ";
    headers.append(accept).append("\r\n");
    return {
        std::move(method), std::move(target), std::move(headers), std::string(content_type), std::move(body)};
}

}  // namespace

selection select_name(std::string_view name)
{
    selection which;
    which.field_selector = std::string("metadata.name=").append(name);
    return which;
}

selection select_object(std::string_view name, std::string const& ns)
{
    auto which = select_name(name);
    which.ns = ns;
    which.is_one_object = true;
    return which;
}

net::http_request list_request(
    resource const& type, selection const& which, std::uint32_t limit, std::string_view continue_token
)
{
    auto target = path_of(type, which.ns) + "?limit=" + std::to_string(limit);
    add_selection(target, which);
    if (!continue_token.empty())
        target += "&continue=" + url_encode(continue_token);
    return make_request(
        "GET",
        std::move(target),
        type.metadata_only ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" : json_type
    );
}

net::http_request watch_request(
    resource const& type,
    selection const& which,
    std::string_view resource_version,
    std::chrono::seconds timeout
)
{
    auto target = path_of(type, which.ns) +
                  "?watch=1&allowWatchBookmarks=true&timeoutSeconds=" + std::to_string(timeout.count()) +
                  "&resourceVersion=" + url_encode(resource_version);
    add_selection(target, which);
    // PartialObjectMetadataList is only for lists: a watch with it gets status 200 but never an event.
    return make_request(
        "GET",
        std::move(target),
        type.metadata_only ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" : json_type
    );
}

net::http_request get_request(resource const& type, std::string_view ns, std::string_view name)
{
    return make_request("GET", path_of(type, ns, name));
}

net::http_request create_request(resource const& type, std::string_view ns, std::string body)
{
    return make_request("POST", path_of(type, ns), json_type, json_type, std::move(body));
}

net::http_request merge_patch_request(
    resource const& type,
    std::string_view ns,
    std::string_view name,
    std::string body,
    std::string_view subresource
)
{
    auto target = path_of(type, ns, name);
    if (!subresource.empty())
        target.append("/").append(subresource);
    constexpr std::string_view patch_type = "application/merge-patch+json";
    return make_request("PATCH", std::move(target), json_type, patch_type, std::move(body));
}

net::http_request strategic_merge_patch_request(
    resource const& type, std::string_view ns, std::string_view name, std::string body
)
{
    constexpr std::string_view patch_type = "application/strategic-merge-patch+json";
    return make_request("PATCH", path_of(type, ns, name), json_type, patch_type, std::move(body));
}

net::http_request delete_request(
    resource const& type, std::string_view ns, std::string_view name, std::string_view resource_version
)
{
    std::string body = R"({"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"resourceVersion":")";
    body.append(resource_version).append(R"("}})");
    return make_request("DELETE", path_of(type, ns, name), json_type, json_type, std::move(body));
}

}  // namespace tcr::kube
