#pragma once

#include <tcr/net/http_message.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

// Requests of the Kubernetes API as pure functions.
// https://kubernetes.io/docs/reference/using-api/api-concepts/
namespace tcr::kube
{

/// A resource type.
struct resource
{
    std::string group;  ///< empty for core
    std::string version;
    std::string plural;
    bool metadata_only = false;  ///< lists and watches ask for PartialObjectMetadata
};

/// Which objects of a type.
struct selection
{
    std::string label_selector;
    std::string field_selector;

    /// Of this namespace alone; empty: of all. With the field selector "metadata.name=…" a Role that grants
    /// list and watch of that one name is enough (kubernetes.io, Using RBAC Authorization, Referring to
    /// resources).
    std::string ns = {};
};

/// Objects a page of a list: memory does not follow it, and smaller ones cost more requests (docs/cost.md).
inline constexpr std::uint32_t list_page_size = 500;

/// One page of a list, taken from etcd's present state (no resourceVersion: only then
/// does the server honour `limit`). An empty `continue_token` asks for the first page.
net::http_request list_request(
    resource const& type, selection const& which, std::uint32_t limit, std::string_view continue_token
);

/// A watch from `resource_version` on, with bookmarks; the server ends it after `timeout`.
net::http_request watch_request(
    resource const& type,
    selection const& which,
    std::string_view resource_version,
    std::chrono::seconds timeout
);

net::http_request get_request(resource const& type, std::string_view ns, std::string_view name);

net::http_request create_request(resource const& type, std::string_view ns, std::string body);

/// JSON merge patch (RFC 7386). `subresource` is "" or e.g. "status".
net::http_request merge_patch_request(
    resource const& type,
    std::string_view ns,
    std::string_view name,
    std::string body,
    std::string_view subresource = {}
);

/// Strategic merge patch, which merges lists by their keys; built-in types only.
/// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
net::http_request strategic_merge_patch_request(
    resource const& type, std::string_view ns, std::string_view name, std::string body
);

/// Deletes only the object that has this resourceVersion; 409 Conflict otherwise.
net::http_request delete_request(
    resource const& type, std::string_view ns, std::string_view name, std::string_view resource_version
);

}  // namespace tcr::kube
