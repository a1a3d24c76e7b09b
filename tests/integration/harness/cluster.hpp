// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/kube/client.hpp>
#include <tcr/kube/request.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tcr::test
{

namespace json = boost::json;

// The resources that the tests use.
inline kube::resource const namespaces{"", "v1", "namespaces", false};
inline kube::resource const accounts{"", "v1", "serviceaccounts", false};
inline kube::resource const secrets{"", "v1", "secrets", false};
inline kube::resource const events{"", "v1", "events", false};
inline kube::resource const leases{"coordination.k8s.io", "v1", "leases", false};
inline kube::resource const config_maps{"", "v1", "configmaps", false};
inline kube::resource const image_pull_secrets{"tcr.tencentcloudcr.com", "v1", "imagepullsecrets", false};
inline kube::resource const pods{"", "v1", "pods", false};
inline kube::resource const validating_webhooks{
    "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", false};
inline kube::resource const mutating_webhooks{
    "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", false};
inline kube::resource const cluster_roles{"rbac.authorization.k8s.io", "v1", "clusterroles", false};

/// Blocking calls to the cluster with the administrator's rights. Unless stated otherwise, a failed call
/// throws `boost::system::system_error` with a code of `kube::errc`. Not thread-safe: each thread needs its
/// own object.
class cluster
{
public:
    /// Throws if the kubeconfig cannot be used.
    explicit cluster(std::filesystem::path const& kubeconfig);
    ~cluster();

    json::object get(kube::resource const& type, std::string const& ns, std::string const& name);

    /// \return the object; nullopt if it does not exist
    std::optional<json::object> find(
        kube::resource const& type, std::string const& ns, std::string const& name
    );

    /// Lists all objects of a type: in one namespace or, if `ns` is empty, in all namespaces.
    std::vector<json::object> list(kube::resource const& type, std::string const& ns = {});

    json::object create(kube::resource const& type, std::string const& ns, json::value const& body);

    /// Sends a create request as a dry run: the server answers, but does not store the object.
    result<json::object> try_to_create(
        kube::resource const& type, std::string const& ns, json::value const& body
    );

    /// Sends a JSON merge patch. `change` is the patch as JSON text.
    json::object patch(
        kube::resource const& type, std::string const& ns, std::string const& name, std::string const& change
    );

    /// Sends a PUT. Fails with `kube::errc::conflict` if the resourceVersion in the body is outdated.
    result<json::object> replace(
        kube::resource const& type, std::string const& ns, std::string const& name, json::value const& body
    );

    /// Deletes an object. A missing object is not a failure.
    void remove(kube::resource const& type, std::string const& ns, std::string const& name);

    // Creates all objects. Sends many requests at once, over many connections.
    void create_all(
        kube::resource const& type, std::string const& ns, std::vector<json::value> const& bodies
    );

    /// Creates objects from JSON texts, which may be invalid for a JSON parser. Ignores the bodies of the
    /// answers. \return the messages of the requests that the server refused
    std::vector<std::string> create_texts(
        kube::resource const& type, std::string const& ns, std::vector<std::string> const& texts
    );

    /// Sends one merge patch per object. The patches are JSON texts like those of `create_texts`. \return the
    /// messages of the requests that the server refused
    std::vector<std::string> patch_texts(
        kube::resource const& type,
        std::string const& ns,
        std::vector<std::pair<std::string, std::string>> const& patch_by_name
    );

    /// Deletes all objects of a type in a namespace.
    void remove_collection(kube::resource const& type, std::string const& ns);

    /// An object for `create_chains`, which creates the objects of one chain in order, and many chains
    /// concurrently.
    struct named_body
    {
        kube::resource type;
        std::string ns;
        json::value body;
    };
    void create_chains(std::vector<std::vector<named_body>> const& chains);

    /// A merge patch of one object, for `patch_all`.
    struct named_patch
    {
        std::string ns;
        std::string name;
        std::string patch;
    };
    void patch_all(kube::resource const& type, std::vector<named_patch> const& changes);

    void remove_all(kube::resource const& type, std::vector<std::string> const& names);

private:
    result<json::object> send(net::http_request request);
    std::vector<result<json::object>> send_all(std::vector<net::http_request> requests);
    task<void> create_some(std::vector<std::vector<named_body>> const& chains, std::size_t& next);
    task<void> send_some(
        std::vector<net::http_request>& requests,
        std::size_t& next,
        std::vector<result<json::object>>& answers
    );

    std::vector<std::string> send_unread(std::vector<net::http_request> requests);
    task<void> send_some_unread(
        std::vector<net::http_request>& requests, std::size_t& next, std::vector<std::string>& refusals
    );

    template <class Worker>
    void run_workers(std::size_t count, Worker worker);

    asio::io_context loop_{1};
    std::unique_ptr<kube::client> client_;
};

}  // namespace tcr::test
