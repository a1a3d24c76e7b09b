// SPDX-License-Identifier: Apache-2.0
#pragma once

// Structured log lines, as text or JSON.

#include <cstdio>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace tcr
{

enum class log_level
{
    debug,
    info,
    warning,
    error
};

/// Parses "debug", "info", "warning" or "error". \return nullopt for any other word.
std::optional<log_level> parse_log_level(std::string_view word);
std::string_view to_text(log_level level);

enum class log_format
{
    text,
    json
};

/// Parses "text" or "json". \return nullopt for any other word.
std::optional<log_format> parse_log_format(std::string_view word);
std::string_view to_text(log_format format);

/// One key and value of a log line.
struct log_field
{
    log_field(std::string_view k, std::string_view v) : key(k), text(v) {}
    template <class Number>
    requires std::is_arithmetic_v<Number> log_field(std::string_view k, Number n)
        : key(k), text(std::to_string(n)), is_number(true)
    {
    }

    std::string_view key;
    std::string text;
    bool is_number = false;
};

/// Writes structured lines to a stream, one per call: `time level message key=value …` or a JSON object.
/// Never pass a credential. Pass text from a server through `printable`.
class logger
{
public:
    using fields = std::initializer_list<log_field>;

    /// `out` must outlive the logger.
    explicit logger(std::FILE* out, log_level level = log_level::info, log_format format = log_format::text)
        : out_(out), level_(level), format_(format)
    {
    }

    void debug(std::string_view message, fields f = {}) { write(log_level::debug, message, f); }
    void info(std::string_view message, fields f = {}) { write(log_level::info, message, f); }
    void warning(std::string_view message, fields f = {}) { write(log_level::warning, message, f); }
    void error(std::string_view message, fields f = {}) { write(log_level::error, message, f); }

    /// Whether lines of this level are written. Check it before preparing costly fields.
    bool enabled(log_level level) const { return level >= level_; }

    /// `set_level` and `set_format` may be called at any time. They apply from the next line on.
    void set_level(log_level level) { level_ = level; }
    void set_format(log_format format) { format_ = format; }
    log_level level() const { return level_; }

private:
    void write(log_level level, std::string_view message, fields f);

    std::FILE* out_;
    log_level level_;
    log_format format_;
};

}  // namespace tcr
