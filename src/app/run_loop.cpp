#include <tcr/app/run_loop.hpp>

#include <thread>

namespace tcr::app
{
namespace
{

using steady_clock = std::chrono::steady_clock;

/// Handlers a turn that make it a burst: about one exchange with its timers is less.
constexpr std::size_t burst = 4;

}  // namespace

void run_batched(boost::asio::io_context& loop, std::chrono::milliseconds tick)
{
    auto next_tick = steady_clock::now();
    while (loop.run_one() > 0)
    {
        auto const handled = loop.poll();
        next_tick += tick;
        auto const now = steady_clock::now();
        if (handled >= burst && next_tick > now)
            std::this_thread::sleep_until(next_tick);
        else
            next_tick = now;
    }
}

}  // namespace tcr::app
