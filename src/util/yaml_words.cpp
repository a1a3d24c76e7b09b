#include "yaml_words.hpp"

#include <algorithm>
#include <initializer_list>

namespace tcr
{
namespace
{

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words)
{
    return std::find(words.begin(), words.end(), text) != words.end();
}

/// Takes digits of a base from the front. \return how many.
std::size_t take_digits(std::string_view& text, int base)
{
    std::size_t count = 0;
    for (; !text.empty(); text.remove_prefix(1), ++count)
    {
        char const c = text.front();
        int const digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : 99;
        if (digit >= base)
            break;
    }
    return count;
}

/// Whether go-yaml's yamlStyleFloat matches; it matches decimal integers, too.
bool is_decimal(std::string_view text)
{
    auto const whole = take_digits(text, 10);
    std::size_t fraction = 0;
    if (text.starts_with('.'))
    {
        text.remove_prefix(1);
        fraction = take_digits(text, 10);
    }
    if (whole + fraction == 0)
        return false;
    if (text.starts_with('e') || text.starts_with('E'))
    {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-'))
            text.remove_prefix(1);
        if (take_digits(text, 10) == 0)
            return false;
    }
    return text.empty();
}

/// Follows resolve.go of go-yaml v2.
bool is_number(std::string_view written)
{
    if (written.starts_with('.'))
        return is_decimal(written) || is_one_of(written, {".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF"});
    bool const is_signed = written.starts_with('+') || written.starts_with('-');
    if (is_signed && is_one_of(written.substr(1), {".inf", ".Inf", ".INF"}))
        return true;
    if (!is_signed && (written.empty() || written.front() < '0' || written.front() > '9'))
        return false;
    std::string digits(written);
    std::erase(digits, '_');
    std::string_view text(digits);
    text.remove_prefix(is_signed ? 1 : 0);
    std::string prefix(text.substr(0, 2));
    if (prefix.size() == 2 && prefix[1] < 'a')
        prefix[1] = static_cast<char>(prefix[1] | 0x20);
    int const base = prefix == "0x" ? 16 : prefix == "0o" ? 8 : prefix == "0b" ? 2 : 10;
    if (base == 10)
        return is_decimal(text);
    text.remove_prefix(2);
    return take_digits(text, base) > 0 && text.empty();
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
