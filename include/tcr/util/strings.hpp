#pragma once

// Small helpers for text: splitting, encoding, parsing, making it safe for logs.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr
{

/// `text` without blanks (space, tab, CR, LF) at both ends.
std::string_view trim(std::string_view text);

/// The parts between `separator`, trimmed, empty ones left out. Views into `text`.
std::vector<std::string_view> split_names(std::string_view text, char separator = ',');

/// `text` with ASCII letters in lower case; all other bytes stay.
std::string ascii_lower(std::string_view text);

/// Empties a string that is filled again and again. Keeps up to 4 KiB of memory for the next use and frees
/// more, which would otherwise stay allocated after a single large value.
void clear_large(std::string& text);

/// Parses a decimal number without sign, which must be the whole text; else nothing.
std::optional<std::uint64_t> parse_u64(std::string_view text);

/// Makes text from outside, such as a server's message, safe for one log line. Replaces control characters by
/// blanks and keeps at most `limit` bytes. Cuts between two characters and then appends "…".
std::string printable(std::string_view text, std::size_t limit = 300);

/// `printable` with a limit of 80 bytes, between two quotation marks.
std::string in_quotes(std::string_view text, char mark = '"');

/// Percent-encoded for a URL's query (RFC 3986, unreserved characters stay).
std::string url_encode(std::string_view text);

/// Standard padded base64 (RFC 4648 section 4).
std::string base64_encode(std::string_view bytes);

/// The bytes behind padded base64, or nothing if it is malformed. Line breaks and blanks are ignored.
std::optional<std::string> base64_decode(std::string_view text);

/// "2021-12-01T06:47:36Z" (RFC 3339, UTC, whole seconds), the form of Kubernetes' metav1.Time.
std::string rfc3339(std::chrono::system_clock::time_point when);

/// "2021-12-01T06:47:36.123456Z", the form of Kubernetes' metav1.MicroTime.
std::string rfc3339_micro(std::chrono::system_clock::time_point when);

/// Parses RFC 3339, including fractions of a second and offsets; nothing for other text. Times outside the
/// clock's range, such as those of the year 9999, become its first or last one.
std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

}  // namespace tcr
