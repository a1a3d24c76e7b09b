#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcr
{

/// Without blanks (space, tab, CR, LF) at both ends.
std::string_view trim(std::string_view text);

/// The parts between `separator`, trimmed, empty ones left out. Views into `text`.
std::vector<std::string_view> split_names(std::string_view text, char separator = ',');

/// With the capital letters of ASCII made small; all else as it is.
std::string ascii_lower(std::string_view text);

/// Empties a text that is filled again and again. Its memory stays for the next filling, unless it is much:
/// what one large value took would never be given back.
void clear_large(std::string& text);

/// A decimal number without sign that fills the whole text; nothing else.
std::optional<std::uint64_t> parse_u64(std::string_view text);

/// Text from outside (a server's message), made safe for one log line: control characters become blanks,
/// at most `limit` bytes of it, cut between two characters and then ended by "…".
std::string printable(std::string_view text, std::size_t limit = 300);

/// The same, at most 80 bytes of it, between two quotation marks.
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

/// The time that an RFC 3339 text means, fractions of a second and offsets included; nothing for other text.
/// Times outside the clock's range, such as those of the year 9999, become its first or last one.
std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

}  // namespace tcr
