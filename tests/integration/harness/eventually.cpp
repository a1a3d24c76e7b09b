// SPDX-License-Identifier: Apache-2.0
#include "eventually.hpp"

#include "machine_speed.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <thread>

namespace tcr::test
{
namespace
{

using steady_clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_questions{40};
constexpr std::chrono::milliseconds longest_between{400};

/// Time until the next check: a tenth of `waited`, within limits. After a long wait, more frequent checks
/// would cost the server time and make the measured time hardly more exact.
std::chrono::milliseconds pause_after(steady_clock::duration waited)
{
    auto const tenth = std::chrono::duration_cast<std::chrono::milliseconds>(waited) / 10;
    return std::clamp(tenth, between_questions, longest_between);
}

}  // namespace

verdict wrong(std::string const& why)
{
    verdict no(false);
    no.message() << why;
    return no;
}

verdict within(std::chrono::milliseconds limit, std::function<verdict()> const& holds)
{
    auto const started = steady_clock::now();
    for (;;)
    {
        verdict answer(false);
        try
        {
            answer = holds();
        }
        catch (boost::system::system_error const& e)
        {
            answer = wrong(e.what());
        }
        auto const waited = steady_clock::now() - started;
        if (answer || waited >= limit)
            return answer;
        std::this_thread::sleep_for(pause_after(waited));
    }
}

verdict eventually(std::function<verdict()> const& holds, std::chrono::milliseconds limit)
{
    auto answer = within(limit, holds);
    if (!answer)
        if (auto const more = scaled_limit(limit) - limit; more.count() > 0)
            answer = within(more, holds);
    return answer;
}

void let_pass(std::chrono::milliseconds time)
{
    std::this_thread::sleep_for(time);
}

}  // namespace tcr::test
