// SPDX-License-Identifier: Apache-2.0
#include "busy_work.hpp"

#include <chrono>
#include <utility>

namespace tcr::benchmark
{

busy_work::busy_work(std::string const& kubeconfig, controller_process& controller, std::string cr)
    : cluster_(kubeconfig),
      controller_(controller),
      cr_(std::move(cr)),
      thread_([this](std::stop_token stop) { work(std::move(stop)); })
{
}

void busy_work::work(std::stop_token stop)
{
    try
    {
        cluster_.create_image_pull_secrets({cr_}, "password-0");
        controller_.wait_for_line(" emptied the work queue ", std::chrono::seconds(600));
        for (rounds_ = 1; !stop.stop_requested(); ++rounds_)
        {
            cluster_.patch_password(cr_, "password-" + std::to_string(rounds_));
            controller_.wait_for_line(" emptied the work queue ", std::chrono::seconds(600));
        }
    }
    catch (...)
    {
        failure_ = std::current_exception();
    }
}

std::size_t busy_work::finish()
{
    thread_.request_stop();
    thread_.join();
    if (failure_)
        std::rethrow_exception(failure_);
    return rounds_;
}

}  // namespace tcr::benchmark
