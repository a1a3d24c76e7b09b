// SPDX-License-Identifier: Apache-2.0
#include "confined_controller.hpp"

#include "meter.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace tcr::benchmark
{
namespace
{

/// A controller counts as idle below this CPU time per second. An idle controller renews the lease and
/// receives bookmarks.
constexpr double quiet_cpu_seconds = 0.002;

template <class T>
std::optional<T> limit(double value, double unit)
{
    if (value <= 0)
        return std::nullopt;
    return static_cast<T>(value * unit);
}

}  // namespace

confined_controller::confined_controller(
    controller_process::place const& where, unsigned number, double cpus, double memory_mib
)
    : group(
          "tcr-benchmark-" + std::to_string(::getpid()) + "-" + std::to_string(number),
          limit<std::uint64_t>(memory_mib, 1024 * 1024),
          limit<double>(cpus, 1)
      ),
      process(where, group)
{
}

void confined_controller::wait_until_idle() const
{
    for (int tries = 0; tries < 240; ++tries)
    {
        meter const used(group);
        std::this_thread::sleep_for(std::chrono::seconds(1));
        if (used.cpu_seconds() < quiet_cpu_seconds)
            return;
    }
    throw std::runtime_error("the controller does not become idle");
}

}  // namespace tcr::benchmark
