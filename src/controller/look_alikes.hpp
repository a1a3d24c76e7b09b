// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds characters that look like the ASCII characters of names and servers, or are invisible. They come from
// Chinese input methods and from web pages.

#include <string>
#include <string_view>

namespace tcr::controller
{

/// A character that looks like an ASCII character, or is invisible.
struct look_alike
{
    std::string_view text;   ///< the character in UTF-8
    char const* name;        ///< its code point and name in Unicode
    std::string_view meant;  ///< the ASCII character that was probably meant; empty for an invisible one

    /// The character, its code point and its name: `"，" (U+FF0C, full-width comma)`.
    std::string shown() const;
};

/// The first look-alike in a text, or null. The result points to a constant.
look_alike const* find_look_alike(std::string_view text);

/// The text with all look-alikes replaced by the characters that were probably meant.
std::string without_look_alikes(std::string_view text);

}  // namespace tcr::controller
