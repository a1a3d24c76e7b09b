#pragma once

#include "cluster.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <thread>

namespace tcr::test
{

/// Somebody else at work in the cluster: does the same thing over and over, in a thread and with a client of its
/// own, until it is told to stop.
class background
{
public:
    /// `step` is called every few milliseconds; no Boost.Test macro in it. What it throws ends the work.
    background(std::filesystem::path kubeconfig, std::function<void(cluster&)> step);
    ~background();

    /// \return what was thrown, or nothing.
    std::string stop();

private:
    void work(std::stop_token const& stopped, std::filesystem::path const& kubeconfig);

    std::function<void(cluster&)> step_;
    std::string failure_;
    std::jthread thread_;
};

}  // namespace tcr::test
