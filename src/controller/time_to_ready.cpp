#include <tcr/controller/time_to_ready.hpp>

namespace tcr::controller
{

void time_to_ready::appeared(runtime::namespace_id where, time_point now)
{
    // A namespace that already waits is measured from its first appearance.
    if (waiting_.size() < max_waiting)
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
