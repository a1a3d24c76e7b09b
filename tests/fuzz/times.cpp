// SPDX-License-Identifier: Apache-2.0

// Parsers of times and durations.
#include "cloud_answer.hpp"
#include "fuzz_target.hpp"
#include "session_keys.hpp"
#include <tcr/kube/exec_plugin.hpp>
#include <tcr/util/duration.hpp>
#include <tcr/util/strings.hpp>

TCR_FUZZ_TARGET(times)
{
    using namespace tcr;
    using clock = std::chrono::system_clock;
    using std::chrono::seconds;
    clock::time_point const now{seconds(1'700'000'000)};
    if (auto const time = parse_rfc3339(bytes))
    {
        auto const text = rfc3339(*time);
        auto const again = parse_rfc3339(text);
        fuzz::require(again.has_value(), "a time that is written can be read");
        fuzz::require_equal(rfc3339(*again), text, "a time that is written is read as the same");
        auto const difference = *time > *again ? *time - *again : *again - *time;
        fuzz::require(difference < seconds(1), "a time is written to the second");
        auto const micro = parse_rfc3339(rfc3339_micro(*time));
        fuzz::require(micro.has_value(), "a time with microseconds can be read");
        fuzz::require(
            kube::refresh_time(now, *time) <= std::max(now, *time), "a refresh is not after the end"
        );
        fuzz::require(
            registry::renewal_time(now, *time) <= std::max(now, *time), "a renewal is not after the end"
        );
    }
    registry::parse_http_date(bytes);
    if (auto const duration = parse_duration(bytes))
    {
        fuzz::require(duration->count() >= 0, "no duration is negative");
        auto const again = parse_duration(to_text(*duration));
        fuzz::require(again && *again == *duration, "a duration that is written is read as the same");
    }
    else
        fuzz::require(fuzz::is_one_line(duration.error().message()), "an error is one line");
}
