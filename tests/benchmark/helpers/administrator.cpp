// SPDX-License-Identifier: Apache-2.0
#include "administrator.hpp"

#include <stdexcept>
#include <utility>

namespace tcr::benchmark
{

kube::cluster_config cluster_of(std::string const& kubeconfig)
{
    auto config = kube::load_kubeconfig({kubeconfig}, {});
    if (!config)
        throw std::runtime_error(config.error().message());
    return std::move(*config);
}

std::unique_ptr<kube::client> make_administrator(
    asio::any_io_executor executor, std::string const& kubeconfig
)
{
    kube::client_options plain;
    plain.coalescing.is_allowed = false;
    auto client = kube::client::make(executor, cluster_of(kubeconfig), plain);
    if (!client)
        throw std::runtime_error(client.error().message());
    return std::move(*client);
}

}  // namespace tcr::benchmark
