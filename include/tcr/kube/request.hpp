// SPDX-License-Identifier: Apache-2.0
#pragma once

// Builds the requests of the Kubernetes API. Pure.
// https://kubernetes.io/docs/reference/using-api/api-concepts/

#include <tcr/net/http_message.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tcr::kube
{

/// A resource type.
struct resource
{
    std::string group;  ///< empty for core
    std::string version;
    std::string plural;
    bool metadata_only = false;  ///< lists and watches request PartialObjectMetadata
};

/// Selects the objects of a type to list or watch.
struct selection
{
    std::string label_selector;
    std::string field_selector;

    /// Namespace of the objects; empty: all namespaces. With a namespace and the field selector
    /// "metadata.name=…", a Role that grants list and watch of only this name is enough (kubernetes.io,
    /// Using RBAC Authorization, section Referring to resources).
    std::string ns = {};

    bool is_one_object = false;  ///< the selection has at most one object
};

/// Selects the objects with this name in all namespaces. A ClusterRole can grant list and watch of only this
/// name, by `resourceNames`
/// (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources).
selection select_name(std::string_view name);

/// Selects the object `name`. `ns` is empty for a cluster-scoped type.
selection select_object(std::string_view name, std::string const& ns = {});

/// Number of objects per page of a list. Memory use does not depend on this number. Smaller pages cost more
/// requests (docs/develop/cost.md).
inline constexpr std::uint32_t list_page_size = 500;

/// Requests one page of a list from etcd's current state. The request has no resourceVersion, so that the
/// server honors `limit`. An empty `continue_token` requests the first page.
net::http_request list_request(
    resource const& type, selection const& which, std::uint32_t limit, std::string_view continue_token
);

/// Requests a watch from `resource_version`, with bookmarks. The server ends the watch after `timeout`.
net::http_request watch_request(
    resource const& type,
    selection const& which,
    std::string_view resource_version,
    std::chrono::seconds timeout
);

net::http_request get_request(resource const& type, std::string_view ns, std::string_view name);

net::http_request create_request(resource const& type, std::string_view ns, std::string body);

/// A JSON merge patch (RFC 7396). `subresource` is empty or a name such as "status".
net::http_request merge_patch_request(
    resource const& type,
    std::string_view ns,
    std::string_view name,
    std::string body,
    std::string_view subresource = {}
);

/// A strategic merge patch: the server merges list entries by their key field. Works only for built-in types.
/// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
net::http_request strategic_merge_patch_request(
    resource const& type, std::string_view ns, std::string_view name, std::string body
);

/// Deletes the object only if its version is `resource_version`; otherwise the server answers 409 Conflict.
net::http_request delete_request(
    resource const& type, std::string_view ns, std::string_view name, std::string_view resource_version
);

}  // namespace tcr::kube
