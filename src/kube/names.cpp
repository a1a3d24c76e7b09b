// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/names.hpp>

#include <algorithm>

namespace tcr::kube
{
namespace
{

constexpr std::size_t max_label = 63;
constexpr std::size_t max_subdomain = 253;

/// Whether a character is a small letter or a digit.
bool is_small(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_letter_or_digit(char c)
{
    return is_small(c) || (c >= 'A' && c <= 'Z');
}

/// Whether a word is valid as the name in a label's key, or as a label's value.
bool is_label_word(std::string_view word)
{
    auto const is_valid = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; };
    return !word.empty() && word.size() <= max_label && is_letter_or_digit(word.front()) &&
           is_letter_or_digit(word.back()) && std::all_of(word.begin(), word.end(), is_valid);
}

}  // namespace

bool is_label_name(std::string_view name)
{
    return name.size() <= max_label && name.find('.') == std::string_view::npos && is_object_name(name);
}

bool is_object_name(std::string_view name)
{
    char before = '.';
    for (char c : name)
    {
        bool const is_inner = (c == '-' || c == '.') && before != '.' && !(c == '.' && before == '-');
        if (!is_inner && !is_small(c))
            return false;
        before = c;
    }
    return name.size() <= max_subdomain && before != '.' && before != '-';
}

bool is_qualified_name(std::string_view key)
{
    auto const slash = key.find('/');
    if (slash == std::string_view::npos)
        return is_label_word(key);
    return is_object_name(key.substr(0, slash)) && is_label_word(key.substr(slash + 1));
}

bool is_label_value(std::string_view value)
{
    return value.empty() || is_label_word(value);
}

}  // namespace tcr::kube
