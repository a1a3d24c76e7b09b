#include <tcr/util/backoff.hpp>

#include <algorithm>

namespace tcr
{

std::chrono::milliseconds backoff_policy::delay(unsigned failures, double random) const
{
    if (failures == 0)
        return std::chrono::milliseconds{0};
    // 2^20 times any delay is past every cap we use; more doublings would only overflow.
    auto const doublings = std::min(failures - 1, 20u);
    auto const full = std::min<std::chrono::milliseconds>(longest, first * (1LL << doublings));
    return std::chrono::duration_cast<std::chrono::milliseconds>(full * (0.5 + random / 2));
}

}  // namespace tcr
