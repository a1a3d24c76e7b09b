// SPDX-License-Identifier: Apache-2.0
#include "event_loop.hpp"

#include <tcr/util/strings.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cstdlib>

namespace tcr::app
{
namespace
{

using std::chrono::milliseconds;
using steady_clock = std::chrono::steady_clock;

constexpr std::chrono::seconds lag_interval{5};

double in_milliseconds(std::chrono::nanoseconds length)
{
    return std::chrono::duration<double, std::milli>(length).count();
}

}  // namespace

std::optional<milliseconds> max_turn_from_environment()
{
    char const* const setting = std::getenv("TCR_MAX_TURN_MS");
    if (setting == nullptr)
        return std::nullopt;
    auto const count = parse_u64(setting).value_or(0);
    return count > 0 ? std::optional(milliseconds(count)) : std::nullopt;
}

bool run_event_loop(
    asio::io_context& loop, event_loop_meter& meter, std::optional<milliseconds> max_turn, logger& log
)
{
    std::size_t too_long = 0;
    std::chrono::nanoseconds longest{0};
    meter.start(steady_clock::now());
    while (loop.run_one() > 0)
    {
        auto const turn = meter.turn_ended(steady_clock::now());
        if (!max_turn || turn <= *max_turn)
            continue;
        ++too_long;
        longest = std::max(longest, turn);
        log.error(
            "a turn of the event loop took too long",
            {{"milliseconds", in_milliseconds(turn)}, {"limit", max_turn->count()}}
        );
    }
    if (too_long > 0)
        log.error(
            "turns of the event loop exceeded TCR_MAX_TURN_MS",
            {{"turns", too_long}, {"longest_milliseconds", in_milliseconds(longest)}}
        );
    return too_long == 0;
}

task<void> measure_lag(event_loop_meter& meter)
{
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (;;)
    {
        auto const due = steady_clock::now() + lag_interval;
        timer.expires_at(due);
        co_await timer.async_wait(asio::use_awaitable);
        meter.timer_fired(due, steady_clock::now());
    }
}

}  // namespace tcr::app
