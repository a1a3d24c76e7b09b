#include <tcr/runtime/concurrency_limit.hpp>

#include <algorithm>

namespace tcr::runtime
{

void concurrency_limit::succeeded()
{
    if (limit_ >= options_.max || ++successes_ < options_.successes_per_step)
        return;
    successes_ = 0;
    ++limit_;
}

void concurrency_limit::pushed_back(std::chrono::milliseconds retry_after, time_point now, double random)
{
    successes_ = 0;
    if (now >= cut_until_)
    {
        limit_ = std::max<std::size_t>(1, limit_ / 2);
        cut_until_ = now + options_.window;
    }
    if (retry_after <= std::chrono::milliseconds::zero())
        return;
    std::chrono::duration<double, std::milli> const pause = std::min(retry_after, options_.max_pause);
    auto const until = now + std::chrono::duration_cast<time_point::duration>(pause * (1 + random / 4));
    paused_until_ = std::max(paused_until_, until);
}

}  // namespace tcr::runtime
