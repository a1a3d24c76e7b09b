// SPDX-License-Identifier: Apache-2.0
#include "yaml_words.hpp"

#include <tcr/util/strings.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <system_error>

namespace tcr
{
namespace
{

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words)
{
    return std::find(words.begin(), words.end(), text) != words.end();
}

/// Whether std::from_chars parses the whole text as a `Number`. The number may be out of the range of the
/// type.
template <class Number, class... Format>
bool is_all_number(std::string_view text, Format... format)
{
    Number parsed{};
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), parsed, format...);
    return ec != std::errc::invalid_argument && end == text.data() + text.size();
}

/// Whether a text without a sign matches go-yaml's yamlStyleFloat, which also matches decimal integers.
bool is_decimal(std::string_view text)
{
    return !text.empty() && (is_digit(text.front()) || text.front() == '.') && is_all_number<double>(text);
}

/// Whether a plain word is a number, by the rules of resolve.go in go-yaml v2.
bool is_number(std::string_view written)
{
    if (written.starts_with('.'))
        return is_decimal(written) || is_one_of(written, {".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF"});
    bool const is_signed = written.starts_with('+') || written.starts_with('-');
    if (is_signed && is_one_of(written.substr(1), {".inf", ".Inf", ".INF"}))
        return true;
    if (!is_signed && (written.empty() || !is_digit(written.front())))
        return false;
    std::string digits(written.substr(is_signed ? 1 : 0));
    std::erase(digits, '_');
    auto const prefix = ascii_lower(digits.substr(0, 2));
    int const base = prefix == "0x" ? 16 : prefix == "0o" ? 8 : prefix == "0b" ? 2 : 10;
    return base == 10 ? is_decimal(digits)
                      : is_all_number<std::uint64_t>(std::string_view(digits).substr(2), base);
}

yaml_value::kind kind_of_plain(std::string_view text)
{
    if (yaml_boolean(text))
        return yaml_value::kind::boolean;
    return is_number(text) ? yaml_value::kind::number : yaml_value::kind::text;
}

}  // namespace

std::optional<bool> yaml_boolean(std::string_view text)
{
    if (is_one_of(text, {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}))
        return true;
    if (is_one_of(text, {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}))
        return false;
    return std::nullopt;
}

yaml_value::kind kind_of_scalar(std::string_view tag, std::string_view text)
{
    constexpr std::string_view standard = "tag:yaml.org,2002:";
    if (tag == "?")
        return kind_of_plain(text);
    if (!tag.starts_with(standard))
        return yaml_value::kind::text;
    tag.remove_prefix(standard.size());
    if (tag == "null")
        return yaml_value::kind::null;
    if (tag == "bool")
        return yaml_value::kind::boolean;
    return is_one_of(tag, {"int", "float"}) ? yaml_value::kind::number : yaml_value::kind::text;
}

}  // namespace tcr
