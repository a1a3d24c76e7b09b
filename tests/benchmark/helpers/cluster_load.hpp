// SPDX-License-Identifier: Apache-2.0
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

/// Creates load on a cluster with the administrator's rights: the objects that the controller serves, and a
/// raw replay of the controller's writes.
class cluster_load
{
public:
    /// Throws if the kubeconfig cannot be used.
    explicit cluster_load(std::string const& kubeconfig);

    /// Creates namespaces with the names `prefix`0, `prefix`1, …, each with `accounts` service accounts
    /// including "default". Waits until the controller manager has created the default accounts.
    void make_namespaces(std::string const& prefix, std::size_t namespaces, std::size_t accounts);

    /// Sends the writes of the controller for this number of ImagePullSecrets as plain requests over
    /// `connections` connections: one Secret per ImagePullSecret and namespace, and one patch per account.
    /// \return the time in seconds
    double replay_raw(
        std::string const& prefix,
        std::size_t namespaces,
        std::size_t accounts,
        std::size_t image_pull_secrets,
        std::size_t connections
    );

    /// Creates ImagePullSecrets that match all accounts, concurrently.
    void create_image_pull_secrets(std::vector<std::string> const& names, std::string const& password);
    void patch_password(std::string const& name, std::string const& password);
    void delete_cr(std::string const& name);

    /// Number of existing Secrets and references of an ImagePullSecret.
    struct progress
    {
        std::size_t secrets = 0;
        std::size_t references = 0;
    };
    /// Counts the Secrets and references of `cr`. If `password` is set, counts only Secrets that contain this
    /// password.
    progress count(
        std::string const& prefix, std::string const& cr, std::optional<std::string> const& password = {}
    );

private:
    using job = std::function<task<void>(std::size_t)>;

    /// Runs `work` with each number from 0 to `count` - 1; at most `at_once` run concurrently.
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
