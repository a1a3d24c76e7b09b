#include <tcr/runtime/fenced_client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/cpu_time.hpp>

namespace tcr::runtime
{
namespace
{

using steady_clock = std::chrono::steady_clock;

/// Counts a request as in flight until it ends in any way.
class counted
{
public:
    counted(std::size_t& count, notifier& ended) : count_(count), ended_(ended) { ++count_; }
    ~counted()
    {
        if (--count_ == 0)
            ended_.notify();
    }
    counted(counted const&) = delete;
    counted& operator=(counted const&) = delete;

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
    auto const wait =
        pace_ ? pace_->take(steady_clock::now(), process_cpu_time()) : steady_clock::duration::zero();
    if (wait.count() > 0)
        co_await sleep_for(wait);
}

net::time_limits fenced_client::limits()
{
    net::time_limits limits;
    limits.gate = this;
    return limits;
}

task<result<std::string>> fenced_client::fetch(net::http_request request, std::string_view doing, pacing how)
{
    counted const one(in_flight_, ended_);
    if (how == pacing::by_cpu_limit)
        co_await wait_for_pace();
    auto answer = co_await client_.fetch(std::move(request), doing, limits());
    co_return answer;
}

task<result<void>> fenced_client::send(
    net::http_request request, net::body_sink& sink, std::string_view doing
)
{
    counted const one(in_flight_, ended_);
    co_await wait_for_pace();
    auto sent = co_await client_.send(std::move(request), sink, limits(), doing);
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
