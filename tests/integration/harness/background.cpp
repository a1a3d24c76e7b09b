// SPDX-License-Identifier: Apache-2.0
#include "background.hpp"

#include <chrono>

namespace tcr::test
{
namespace
{

constexpr std::chrono::milliseconds between_steps{3};

}  // namespace

background::background(std::filesystem::path kubeconfig, std::function<void(cluster&)> step)
    : step_(std::move(step)),
      thread_([this, file = std::move(kubeconfig)](std::stop_token stopped) { work(stopped, file); })
{
}

background::~background()
{
    stop();
}

std::string background::stop()
{
    thread_.request_stop();
    if (thread_.joinable())
        thread_.join();
    return failure_;
}

void background::work(std::stop_token const& stopped, std::filesystem::path const& kubeconfig)
{
    try
    {
        cluster api(kubeconfig);
        while (!stopped.stop_requested())
        {
            step_(api);
            std::this_thread::sleep_for(between_steps);
        }
    }
    catch (std::exception const& e)
    {
        failure_ = e.what();
    }
}

}  // namespace tcr::test
