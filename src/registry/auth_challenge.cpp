// SPDX-License-Identifier: Apache-2.0
#include "auth_challenge.hpp"

#include <tcr/util/strings.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace tcr::registry
{
namespace
{

/// Reads a WWW-Authenticate header from left to right (RFC 9110 section 11.6.1):
/// `Bearer realm="https://host/token",service="host", Basic realm="x"`. Skips invalid parts.
class challenge_reader
{
public:
    explicit challenge_reader(std::string_view text) : text_(text) {}

    bool is_at_end()
    {
        skip(" \t,");
        return text_.empty();
    }

    /// Reads a scheme or a parameter's name and converts it to lower case. Returns an empty text if there is
    /// neither.
    std::string word()
    {
        auto const size = std::min(text_.find_first_of(" \t,=\""), text_.size());
        auto const found = ascii_lower(text_.substr(0, size));
        text_.remove_prefix(size);
        return found;
    }

    /// Reads the value after a parameter's name; nullopt if no "=" follows.
    std::optional<std::string> value()
    {
        auto const before = text_;
        skip(" \t");
        if (!text_.starts_with('='))
        {
            text_ = before;
            return std::nullopt;
        }
        text_.remove_prefix(1);
        skip(" \t");
        return text_.starts_with('"') ? quoted() : plain();
    }

    /// Skips a quoted text if the text begins with one, otherwise one character.
    void skip_invalid()
    {
        if (text_.starts_with('"'))
            quoted();
        else if (!text_.empty())
            text_.remove_prefix(1);
    }

private:
    void skip(std::string_view these)
    {
        text_.remove_prefix(std::min(text_.find_first_not_of(these), text_.size()));
    }

    std::string plain()
    {
        auto const size = std::min(text_.find_first_of(" \t,"), text_.size());
        std::string found(text_.substr(0, size));
        text_.remove_prefix(size);
        return found;
    }

    std::string quoted()
    {
        std::string found;
        std::size_t i = 1;
        for (; i < text_.size() && text_[i] != '"'; ++i)
        {
            if (text_[i] == '\\' && i + 1 < text_.size())
                ++i;
            found += text_[i];
        }
        text_.remove_prefix(std::min(i + 1, text_.size()));
        return found;
    }

    std::string_view text_;
};

}  // namespace

auth_challenge parse_challenge(std::string_view www_authenticate)
{
    challenge_reader reader(www_authenticate);
    auth_challenge found;
    while (!reader.is_at_end())
    {
        auto const word = reader.word();
        auto value = reader.value();
        if (word.empty() && !value)
            reader.skip_invalid();
        else if (!value && !found.scheme.empty())
            break;  // another challenge begins
        else if (!value && (word == "bearer" || word == "basic"))
            found.scheme = word;
        else if (value && !found.scheme.empty() && word == "realm")
            found.realm = std::move(*value);
        else if (value && !found.scheme.empty() && word == "service")
            found.service = std::move(*value);
    }
    return found;
}

}  // namespace tcr::registry
