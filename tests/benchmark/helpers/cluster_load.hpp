#pragma once

#include <tcr/kube/client.hpp>
#include <tcr/util/async.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcr::benchmark
{

/// Load on a cluster with the administrator's rights: the objects that the controller serves, and a raw
/// replay of its writes.
class cluster_load
{
public:
    /// Throws if the kubeconfig cannot be used.
    explicit cluster_load(std::string const& kubeconfig);

    /// Creates the namespaces `prefix`0 … with `accounts` service accounts each, "default" included, and
    /// waits until the controller manager has created the default ones.
    void make_namespaces(std::string const& prefix, std::size_t namespaces, std::size_t accounts);

    /// The controller's writes for this number of ImagePullSecrets (a Secret of each per namespace, one patch
    /// per account), as plain requests over `connections` connections. \return the time in seconds
    double replay_raw(
        std::string const& prefix,
        std::size_t namespaces,
        std::size_t accounts,
        std::size_t image_pull_secrets,
        std::size_t connections
    );

    /// Creates ImagePullSecrets that match everything, concurrently.
    void create_image_pull_secrets(std::vector<std::string> const& names, std::string const& password);
    void patch_password(std::string const& name, std::string const& password);
    void delete_cr(std::string const& name);

    /// How much of the desired state of `cr` exists.
    struct progress
    {
        std::size_t secrets = 0;
        std::size_t references = 0;
    };
    /// With a password, counts only Secrets that contain it.
    progress count(
        std::string const& prefix, std::string const& cr, std::optional<std::string> const& password = {}
    );

private:
    using job = std::function<task<void>(std::size_t)>;

    /// Runs `work` for 0 … `count` - 1, `at_once` of them at the same time.
    void run_all(std::size_t count, std::size_t at_once, job work);
    task<void> must(net::http_request request, std::string doing);
    task<std::size_t> count_all(
        kube::resource type,
        kube::selection which,
        std::string prefix,
        std::vector<std::string> place,
        std::string text
    );

    asio::io_context loop_{1};
    std::unique_ptr<kube::client> client_;
};

}  // namespace tcr::benchmark
