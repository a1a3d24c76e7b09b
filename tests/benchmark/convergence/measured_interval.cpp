// SPDX-License-Identifier: Apache-2.0
#include "measured_interval.hpp"

namespace tcr::benchmark
{

measured_interval::measured_interval(confined_controller const& of)
    : of_(of), calls_before_(of.process.metrics()), wakeups_before_(of.process.wakeups()), used_(of.group)
{
}

void measured_interval::end()
{
    seconds_ = used_.seconds();
    cpu_seconds_ = used_.cpu_seconds();
    throttled_seconds_ = used_.throttled_seconds();
    wakeups_ = of_.process.wakeups() - wakeups_before_;
    calls_ = api_calls(of_.process.metrics()).since(calls_before_);
}

void measured_interval::write_to(report& into, std::size_t writes) const
{
    auto const count = static_cast<double>(writes);
    into.count("writes", "writes", writes);
    into.figure("seconds", "time", seconds_, 2, "s");
    into.figure("writes_a_second", "writes a second", count / seconds_, 0);
    into.figure("cpu_seconds", "CPU time", cpu_seconds_, 3, "s");
    into.figure("cpu_us_a_write", "CPU time a write", cpu_seconds_ / count * 1e6, 0, "us");
    into.figure("wakeups_a_write", "wake-ups a write", static_cast<double>(wakeups_) / count, 2);
    into.figure("throttled_seconds", "stood still for the CPU limit", throttled_seconds_, 2, "s");
    into.row("api_calls", "API calls", calls_.text(), calls_.json());
}

void report_memory(report& into, confined_controller const& controller)
{
    into.figure(
        "peak_mib", "memory, peak of the control group", mib(controller.group.peak_bytes()), 2, "MiB"
    );
    into.figure("resident_mib", "memory, resident", mib(controller.process.resident_bytes()), 2, "MiB");
    into.figure(
        "anonymous_mib", "memory, resident and no file", mib(controller.process.anonymous_bytes()), 2, "MiB"
    );
}

}  // namespace tcr::benchmark
