// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/kube/client.hpp>

#include <memory>
#include <string>

namespace tcr::benchmark
{

/// Reads the cluster and the user from a kubeconfig. Throws if the kubeconfig cannot be used.
kube::cluster_config cluster_of(std::string const& kubeconfig);

/// Creates a client with the rights of a kubeconfig. Throws if the kubeconfig cannot be used.
std::unique_ptr<kube::client> make_administrator(
    asio::any_io_executor executor, std::string const& kubeconfig
);

}  // namespace tcr::benchmark
