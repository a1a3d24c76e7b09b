// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cluster_load.hpp"
#include "controller_process.hpp"

#include <cstddef>
#include <exception>
#include <string>
#include <thread>

namespace tcr::benchmark
{

/// Keeps the controller busy with all namespaces, from its own thread: creates an ImagePullSecret that
/// matches every account, waits until all Secrets and references exist, and edits the password repeatedly.
class busy_work
{
public:
    /// Creates the ImagePullSecret in the background. `controller` must outlive this object. Until `finish`
    /// returns, only this object may read the log of `controller`.
    busy_work(std::string const& kubeconfig, controller_process& controller, std::string cr);

    /// Completes the current round. \return the number of rounds; the creation is the first. Throws if a
    /// round failed.
    std::size_t finish();

private:
    void work(std::stop_token stop);

    cluster_load cluster_;
    controller_process& controller_;
    std::string cr_;
    std::size_t rounds_ = 0;
    std::exception_ptr failure_;
    std::jthread thread_;
};

}  // namespace tcr::benchmark
