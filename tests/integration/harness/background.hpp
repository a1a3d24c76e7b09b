// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cluster.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <thread>

namespace tcr::test
{

/// Acts as another client of the cluster: repeats an action in its own thread, over its own connection, until
/// `stop`.
class background
{
public:
    /// `step` is called every few milliseconds and must not use Boost.Test macros. An exception ends the
    /// thread.
    background(std::filesystem::path kubeconfig, std::function<void(cluster&)> step);
    ~background();

    /// Ends the thread. \return the message of the exception that `step` threw, or an empty string
    std::string stop();

private:
    void work(std::stop_token const& stopped, std::filesystem::path const& kubeconfig);

    std::function<void(cluster&)> step_;
    std::string failure_;
    std::jthread thread_;
};

}  // namespace tcr::test
