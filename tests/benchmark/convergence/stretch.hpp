#pragma once

#include "api_calls.hpp"
#include "confined_controller.hpp"
#include "meter.hpp"
#include "report.hpp"

#include <cstddef>
#include <cstdint>

namespace tcr::benchmark
{

/// What the controller used, and what it asked of the API server, between two moments.
class stretch
{
public:
    /// The first moment is now. `of` must outlive it.
    explicit stretch(confined_controller const& of);

    /// The second moment is now. Called again, it is a later one.
    void end();

    double seconds() const { return seconds_; }
    double cpu_seconds() const { return cpu_seconds_; }
    std::uint64_t wakeups() const { return wakeups_; }
    api_calls const& calls() const { return calls_; }

    /// Rows about so many writes.
    void tell(report& into, std::size_t writes) const;

private:
    confined_controller const& of_;
    // To ask for the metrics page costs the controller CPU time: before the first moment, after the second one.
    api_calls calls_before_;
    std::uint64_t wakeups_before_;
    meter used_;
    double seconds_ = 0;
    double cpu_seconds_ = 0;
    double throttled_seconds_ = 0;
    std::uint64_t wakeups_ = 0;
    api_calls calls_;
};

/// Rows about the memory it holds now, and the most it ever held.
void tell_memory(report& into, confined_controller const& controller);

}  // namespace tcr::benchmark
