// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/cpu_time.hpp>

namespace tcr::runtime
{
namespace
{

using steady_clock = std::chrono::steady_clock;

/// Counts a request as in flight until it ends in any way.
class in_flight_request
{
public:
    in_flight_request(std::size_t& count, notifier& ended) : count_(count), ended_(ended) { ++count_; }
    ~in_flight_request()
    {
        if (--count_ == 0)
            ended_.notify();
    }
    in_flight_request(in_flight_request const&) = delete;
    in_flight_request& operator=(in_flight_request const&) = delete;

private:
    std::size_t& count_;
    notifier& ended_;
};

}  // namespace

bool fenced_client::is_open() const
{
    return !is_draining_ && held_.holds(boot_clock::now());
}

task<void> fenced_client::wait_for_pace()
{
    if (!pace_)
        co_return;
    auto const wait = pace_->take(steady_clock::now(), process_cpu_time());
    if (wait.count() > 0)
        co_await sleep_for(wait);
}

task<result<std::string>> fenced_client::fetch(net::http_request request, std::string_view doing, pacing how)
{
    in_flight_request const counted(in_flight_, ended_);
    if (how == pacing::by_cpu_limit)
        co_await wait_for_pace();
    auto answer = co_await client_.fetch(std::move(request), doing, limits_);
    co_return answer;
}

task<result<void>> fenced_client::send(
    net::http_request request, net::body_sink& sink, std::string_view doing
)
{
    in_flight_request const counted(in_flight_, ended_);
    co_await wait_for_pace();
    auto sent = co_await client_.send(std::move(request), sink, limits_, doing);
    co_return sent;
}

task<bool> fenced_client::drain(std::chrono::milliseconds limit)
{
    is_draining_ = true;
    auto const deadline = steady_clock::now() + limit;
    while (in_flight_ > 0 && steady_clock::now() < deadline)
        co_await ended_.wait_until(deadline);
    co_return in_flight_ == 0;
}

}  // namespace tcr::runtime
