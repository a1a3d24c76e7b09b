// SPDX-License-Identifier: Apache-2.0
#include <tcr/log/logger.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace tcr
{
namespace
{

constexpr std::array<std::string_view, 4> level_words{"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> format_words{"text", "json"};

/// Returns the enumerator whose value is the index of `word` in `words`; nullopt if `word` is not in `words`.
template <class Enum, std::size_t N>
std::optional<Enum> find_word(std::array<std::string_view, N> const& words, std::string_view word)
{
    auto const found = std::find(words.begin(), words.end(), word);
    if (found == words.end())
        return std::nullopt;
    return static_cast<Enum>(found - words.begin());
}

std::string time_stamp()
{
    auto text = rfc3339_micro(std::chrono::system_clock::now());
    return text.erase(text.size() - 4, 3);  // microseconds to milliseconds
}

bool needs_quotes(std::string_view text)
{
    // A control character could forge a line or send commands to the terminal. `json_quoted` escapes it.
    for (std::size_t i = 0; i < text.size(); ++i)
        if (control_character_at(text, i) > 0 || std::string_view(" \"=\\").find(text[i]) != text.npos)
            return true;
    return text.empty();
}

std::string text_line(log_level level, std::string_view message, logger::fields fields)
{
    auto line = time_stamp();
    line.append(" ").append(to_text(level)).append(" ").append(message);
    for (auto const& field : fields)
        line.append(" ").append(field.key).append("=").append(
            needs_quotes(field.text) ? json_quoted(field.text) : field.text
        );
    return line;
}

std::string json_line(log_level level, std::string_view message, logger::fields fields)
{
    auto line = "{\"time\":\"" + time_stamp() + "\",\"level\":\"";
    line.append(to_text(level)).append("\",\"message\":").append(json_quoted(message));
    for (auto const& field : fields)
        line.append(",")
            .append(json_quoted(field.key))
            .append(":")
            .append(field.is_number ? field.text : json_quoted(field.text));
    line += '}';
    return line;
}

}  // namespace

std::optional<log_level> parse_log_level(std::string_view word)
{
    return find_word<log_level>(level_words, word);
}

std::string_view to_text(log_level level)
{
    return level_words[static_cast<std::size_t>(level)];
}

std::optional<log_format> parse_log_format(std::string_view word)
{
    return find_word<log_format>(format_words, word);
}

std::string_view to_text(log_format format)
{
    return format_words[static_cast<std::size_t>(format)];
}

void logger::write(log_level level, std::string_view message, fields f)
{
    if (!enabled(level))
        return;
    auto line = format_ == log_format::json ? json_line(level, message, f) : text_line(level, message, f);
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), out_);
    std::fflush(out_);
}

}  // namespace tcr
