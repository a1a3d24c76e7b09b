#include <tcr/controller/time_to_ready.hpp>

namespace tcr::controller
{

time_to_ready::time_to_ready()
    : seconds_({0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300})
{
}

void time_to_ready::appeared(runtime::namespace_id where, time_point now)
{
    // Who waits already goes on waiting since then.
    if (waiting_.size() < most_waiting)
        waiting_.try_emplace(where, now);
}

void time_to_ready::settled(runtime::namespace_id where, bool wrote, time_point now)
{
    auto const known = waiting_.find(where);
    if (known == waiting_.end())
        return;
    if (wrote)
        seconds_.observe(std::chrono::duration<double>(now - known->second).count());
    waiting_.erase(known);
}

}  // namespace tcr::controller
