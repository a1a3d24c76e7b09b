// SPDX-License-Identifier: Apache-2.0
#include "look_alikes.hpp"

#include <algorithm>
#include <iterator>

namespace tcr::controller
{
namespace
{

// Written as bytes, because some of these characters are invisible.
constexpr look_alike look_alikes[] = {
    {"\xef\xbc\x8c", "U+FF0C, full-width comma", ","},
    {"\xe3\x80\x81", "U+3001, ideographic comma", ","},
    {"\xef\xbc\x9b", "U+FF1B, full-width semicolon", ","},
    {"\xef\xb9\x90", "U+FE50, small comma", ","},
    {"\xef\xbd\xa4", "U+FF64, half-width ideographic comma", ","},
    {"\xd8\x8c", "U+060C, Arabic comma", ","},
    {"\xef\xbc\x9a", "U+FF1A, full-width colon", ":"},
    {"\xef\xbc\x8e", "U+FF0E, full-width full stop", "."},
    {"\xe3\x80\x82", "U+3002, ideographic full stop", "."},
    {"\xef\xbc\x8f", "U+FF0F, full-width slash", "/"},
    {"\xef\xbc\x8a", "U+FF0A, full-width asterisk", "*"},
    {"\xef\xbc\x8d", "U+FF0D, full-width hyphen-minus", "-"},
    {"\xe2\x80\x90", "U+2010, hyphen", "-"},
    {"\xe2\x80\x91", "U+2011, non-breaking hyphen", "-"},
    {"\xe2\x80\x93", "U+2013, en dash", "-"},
    {"\xe2\x80\x94", "U+2014, em dash", "-"},
    {"\xe3\x80\x80", "U+3000, ideographic space", " "},
    {"\xc2\xa0", "U+00A0, no-break space", " "},
    {"\xe2\x80\x8b", "U+200B, zero-width space", ""},
    {"\xe2\x81\xa0", "U+2060, word joiner", ""},
    {"\xef\xbb\xbf", "U+FEFF, byte order mark", ""},
};

/// The look-alike with which a text begins, or null.
look_alike const* look_alike_at(std::string_view text)
{
    auto const found = std::find_if(
        std::begin(look_alikes),
        std::end(look_alikes),
        [text](auto const& each) { return text.starts_with(each.text); }
    );
    return found == std::end(look_alikes) ? nullptr : found;
}

bool is_ascii(char c)
{
    return static_cast<unsigned char>(c) < 0x80;
}

}  // namespace

std::string look_alike::shown() const
{
    return "\"" + std::string(text) + "\" (" + name + ")";
}

look_alike const* find_look_alike(std::string_view text)
{
    look_alike const* found = nullptr;
    while (!text.empty() && found == nullptr)
    {
        if (!is_ascii(text.front()))
            found = look_alike_at(text);
        text.remove_prefix(1);
    }
    return found;
}

std::string without_look_alikes(std::string_view text)
{
    std::string plain;
    while (!text.empty())
    {
        auto const* found = is_ascii(text.front()) ? nullptr : look_alike_at(text);
        plain += found != nullptr ? found->meant : text.substr(0, 1);
        text.remove_prefix(found != nullptr ? found->text.size() : 1);
    }
    return plain;
}

}  // namespace tcr::controller
