#pragma once

#include <tcr/util/error.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace tcr
{

/// Reads a duration as Go writes them (https://pkg.go.dev/time#ParseDuration): "15s", "1h30m", "500ms",
/// "1.5h".
///
/// Units are h, m, s and ms, in any order; "0" needs none. From 0 to 100 years, in whole milliseconds.
/// \par Errors invalid_argument; the text goes on after the duration's own: "has no unit; write 15s".
result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest form that `parse_duration` reads back: "1h30m", "1s500ms", "0s". Of nothing negative.
std::string to_text(std::chrono::milliseconds duration);

}  // namespace tcr
