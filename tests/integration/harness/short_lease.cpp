// SPDX-License-Identifier: Apache-2.0
#include "short_lease.hpp"

#include "machine_speed.hpp"

namespace tcr::test
{

std::vector<std::string> lease_times::flags() const
{
    auto const in_ms = [](std::chrono::milliseconds time) { return std::to_string(time.count()) + "ms"; };
    return {
        "--leader-elect-lease-duration=" + in_ms(duration),
        "--leader-elect-renew-deadline=" + in_ms(renew_deadline),
        "--leader-elect-retry-period=" + in_ms(retry_period)};
}

lease_times short_lease()
{
    return {std::chrono::ceil<std::chrono::seconds>(std::chrono::seconds(3) * processor_slowness())};
}

}  // namespace tcr::test
