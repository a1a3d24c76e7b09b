#pragma once

#include "cluster_load.hpp"
#include "controller_process.hpp"

#include <cstddef>
#include <exception>
#include <string>
#include <thread>

namespace tcr::benchmark
{

/// Keeps the controller busy with all namespaces, from a thread of its own: creates an ImagePullSecret that matches
/// everything, waits until all is written, and edits its password again and again.
class busy_work
{
public:
    /// Creates it in a moment. `controller` must outlive it, and nobody else may read its log meanwhile.
    busy_work(std::string const& kubeconfig, controller_process& controller, std::string cr);

    /// Lets the round under way end. \return how many rounds there were, the creation included. Throws what went wrong.
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
