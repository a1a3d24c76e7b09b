// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace tcr::test
{

/// Times of leader election, in the proportions of the defaults.
struct lease_times
{
    std::chrono::seconds duration;
    std::chrono::milliseconds renew_deadline = std::chrono::milliseconds(duration) * 2 / 3;
    std::chrono::milliseconds retry_period = std::chrono::milliseconds(duration) * 2 / 15;

    /// The options of the controller.
    std::vector<std::string> flags() const;
};

/// Times for tests: a lease of 3 s, one fifth of the default. They are longer on a slow machine, where the
/// API server may not answer within 2 s. All calls in a process return the same.
lease_times short_lease();

}  // namespace tcr::test
