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
/// Units are h, m, s and ms, in any order; "0" needs none. From 0 to 100 years, in whole milliseconds.
/// \par Errors invalid_argument. The text is a predicate to follow the quoted duration: "is negative; …".
result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The form `parse_duration` reads, largest unit first: "1h30m", "1s500ms", "0s". Not for negative ones.
std::string to_text(std::chrono::milliseconds duration);

}  // namespace tcr
