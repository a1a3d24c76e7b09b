// SPDX-License-Identifier: Apache-2.0
#pragma once

// Durations as text, in Go's format.

#include <tcr/util/error.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace tcr
{

/// Parses a duration in the format of Go (https://pkg.go.dev/time#ParseDuration): "15s", "1h30m", "500ms",
/// "1.5h".
///
/// The units are h, m, s and ms, in any order. "0" needs no unit. Each part must be a whole number of
/// milliseconds, and the duration must be from 0 to 100 years.
/// \par Errors invalid_argument. The text is a predicate such as "is negative; …". The caller puts the quoted
/// duration before it.
result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Formats a duration for `parse_duration`, with the largest unit first: "1h30m", "1s500ms", "0s". The
/// duration must not be negative.
std::string to_text(std::chrono::milliseconds duration);

}  // namespace tcr
