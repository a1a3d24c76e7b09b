// SPDX-License-Identifier: Apache-2.0
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

/// Returns `text` without blanks (space, tab, CR, LF) at both ends.
std::string_view trim(std::string_view text);

/// Splits `text` at each `separator`. Trims the parts and omits empty parts. The result contains views into
/// `text`.
std::vector<std::string_view> split_names(std::string_view text, char separator = ',');

/// Returns `text` with ASCII letters in lower case. Other bytes do not change.
std::string ascii_lower(std::string_view text);

/// Empties a string that is reused often. Keeps memory of at most 4 KiB for the next use. Frees larger
/// memory, so that a single large value does not occupy memory permanently.
void clear_large(std::string& text);

/// Parses an unsigned decimal number. \return nullopt if the text has other characters than digits or is
/// empty, or if the number is too large.
std::optional<std::uint64_t> parse_u64(std::string_view text);

/// The number of bytes of the control character at this position of a UTF-8 text; 0 if another character is
/// there. `at` must be less than `text.size()`. Terminals also execute the control characters from U+0080 to
/// U+009F (ECMA-48, C1).
std::size_t control_character_at(std::string_view text, std::size_t at);

/// Makes text from outside, such as a server's message, safe for one log line. Replaces control characters
/// by spaces, keeps at most `limit` bytes, and trims the result. If the text is longer, cuts it
/// between two UTF-8 characters and appends "…".
std::string printable(std::string_view text, std::size_t limit = 300);

/// Returns the text as a JSON string, with quotation marks. Escapes all control characters.
std::string json_quoted(std::string_view text);

/// Returns `printable(text, 80)` between two quotation marks.
std::string in_quotes(std::string_view text, char mark = '"');

/// Percent-encodes `text` for a URL's query. Unreserved characters (RFC 3986) do not change.
std::string url_encode(std::string_view text);

/// Encodes bytes as padded base64 (RFC 4648 section 4).
std::string base64_encode(std::string_view bytes);

/// Decodes padded base64. Ignores line breaks, spaces and tabs. \return nullopt if the text is malformed.
std::optional<std::string> base64_decode(std::string_view text);

/// Formats a time as "2021-12-01T06:47:36Z" (RFC 3339, UTC, whole seconds), like Kubernetes' metav1.Time.
std::string rfc3339(std::chrono::system_clock::time_point when);

/// Formats a time as "2021-12-01T06:47:36.123456Z", like Kubernetes' metav1.MicroTime.
std::string rfc3339_micro(std::chrono::system_clock::time_point when);

/// Parses an RFC 3339 time, with optional fraction of a second, and with "Z" or an offset. A time outside the
/// range of `system_clock`, such as in the year 9999, becomes the first or last time of this range.
/// \return nullopt if the text is malformed.
std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

}  // namespace tcr
