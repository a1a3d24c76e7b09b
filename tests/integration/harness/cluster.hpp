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

// The types the tests touch.
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

/// The cluster as its administrator sees it, in blocking calls. Failures throw `boost::system::system_error`
/// with a code of `kube::errc` where nothing else is said. One thread at a time; each thread its own.
class cluster
{
public:
    /// Throws where the kubeconfig cannot be used.
    explicit cluster(std::filesystem::path const& kubeconfig);
    ~cluster();

    json::object get(kube::resource const& type, std::string const& ns, std::string const& name);

    /// The same; nothing where there is none.
    std::optional<json::object> find(
        kube::resource const& type, std::string const& ns, std::string const& name
    );

    /// All objects of a type, of one namespace or, where `ns` is empty, of all.
    std::vector<json::object> list(kube::resource const& type, std::string const& ns = {});

    json::object create(kube::resource const& type, std::string const& ns, json::value const& body);

    /// What the server would answer to a `create`; nothing is stored.
    result<json::object> try_to_create(
        kube::resource const& type, std::string const& ns, json::value const& body
    );

    /// JSON merge patch; `change` is JSON text.
    json::object patch(
        kube::resource const& type, std::string const& ns, std::string const& name, std::string const& change
    );

    /// PUT, which fails with `kube::errc::conflict` unless the body has the present resourceVersion.
    result<json::object> replace(
        kube::resource const& type, std::string const& ns, std::string const& name, json::value const& body
    );

    /// Deletes; that there is none is no failure.
    void remove(kube::resource const& type, std::string const& ns, std::string const& name);

    // Many at once, over many connections.
    void create_all(
        kube::resource const& type, std::string const& ns, std::vector<json::value> const& bodies
    );

    /// Creates objects from texts that need not be JSON a parser takes; their answers are not read. \return
    /// what the server said of those that it refused.
    std::vector<std::string> create_texts(
        kube::resource const& type, std::string const& ns, std::vector<std::string> const& texts
    );

    /// The same for merge patches of one object each.
    std::vector<std::string> patch_texts(
        kube::resource const& type,
        std::string const& ns,
        std::vector<std::pair<std::string, std::string>> const& patch_by_name
    );

    /// Deletes all objects of a type in a namespace.
    void remove_collection(kube::resource const& type, std::string const& ns);

    /// Creates each chain's objects one right after another, many chains at once.
    struct named_body
    {
        kube::resource type;
        std::string ns;
        json::value body;
    };
    void create_chains(std::vector<std::vector<named_body>> const& chains);

    /// A merge patch of one object among many.
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
