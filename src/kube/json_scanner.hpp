#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tcr::kube
{

/// Tells the tokens of one JSON document (RFC 8259) that arrives in pieces, each cut anywhere.
///
/// Of what the API server sends nine tenths are read by nobody, `managedFields` most of all, and the rest is short: so
/// this holds no document, looks at each byte of an unwanted string once, and calls nobody for it. With
/// `boost::json::basic_parser` in its place, reading took a third of all that a write cost.
///
/// `Handler` has on_object_begin, on_object_end, on_array_begin, on_array_end; `wants_key` and `wants_value`, asked
/// before each key, and each string or number; on_key_part, on_string_part, on_number_part (piece, is_last), of which
/// the last may be empty; on_bool(value) and on_null.
template <class Handler>
class json_scanner
{
public:
    static constexpr std::size_t max_depth = 96;  ///< managedFields of a deep custom resource pass 32

    explicit json_scanner(Handler& handler) : handler_(handler) {}

    /// Reads on. \return how many bytes, which are all of them unless the document ended or is no JSON.
    std::size_t scan(std::string_view piece)
    {
        auto const* const begin = piece.data();
        auto const* const end = begin + piece.size();
        auto const* at = begin;
        while (at != end && state_ != state::done && state_ != state::failed)
            at = step(at, end);
        return static_cast<std::size_t>(at - begin);
    }

    /// Whether a whole document has been read. A number that is all of it ends only with what follows.
    bool is_done() const { return state_ == state::done; }
    bool has_failed() const { return state_ == state::failed; }

    /// Another document begins.
    void reset()
    {
        state_ = state::value;
        depth_ = 0;
        utf8_left_ = 0;
        high_ = 0;
    }

private:
    enum class state : std::uint8_t
    {
        value,
        value_or_end,  ///< of an array that has just begun
        key,
        key_or_end,
        colon,
        comma_or_end,
        string,
        escape,
        hex,
        low_escape,  ///< the second half of a surrogate pair is due
        low_u,
        number,
        literal,
        done,
        failed
    };
    enum class number_part : std::uint8_t
    {
        minus,
        zero,
        digits,
        point,
        fraction,
        exponent,
        exponent_sign,
        exponent_digits
    };

    static constexpr bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
    static constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

    /// Characters of a string that need no look: all but quotes, backslashes, control characters and UTF-8.
    static constexpr std::array<bool, 256> plain = []
    {
        std::array<bool, 256> table{};
        for (std::size_t c = 0x20; c < 0x80; ++c)
            table[c] = c != '"' && c != '\\';
        return table;
    }();
    static bool is_plain(char c) { return plain[static_cast<unsigned char>(c)]; }

    char const* step(char const* at, char const* end)
    {
        switch (state_)
        {
            case state::string:
                return string(at, end);
            case state::number:
                return number(at, end);
            case state::escape:
                escape(*at);
                return at + 1;
            case state::hex:
                hex(*at);
                return at + 1;
            case state::low_escape:
                state_ = *at == '\\' ? state::low_u : state::failed;
                return at + 1;
            case state::low_u:
                begin_hex(*at == 'u');
                return at + 1;
            case state::literal:
                return literal(at, end);
            default:
                break;
        }
        while (at != end && is_space(*at))
            ++at;
        return at == end ? at : token(at);
    }

    char const* token(char const* at)
    {
        char const c = *at;
        switch (state_)
        {
            case state::value_or_end:
                if (c == ']')
                {
                    close();
                    break;
                }
                [[fallthrough]];
            case state::value:
                return begin_value(at);
            case state::key_or_end:
                if (c == '}')
                {
                    close();
                    break;
                }
                [[fallthrough]];
            case state::key:
                if (c == '"')
                    begin_string(true);
                else
                    state_ = state::failed;
                break;
            case state::colon:
                state_ = c == ':' ? state::value : state::failed;
                break;
            default:  // comma_or_end
                if (c == ',')
                    state_ = in_array() ? state::value : state::key;
                else if (c == (in_array() ? ']' : '}'))
                    close();
                else
                    state_ = state::failed;
        }
        return at + 1;
    }

    bool in_array() const { return is_array_[depth_ - 1]; }

    char const* begin_value(char const* at)
    {
        switch (*at)
        {
            case '{':
            case '[':
                open(*at == '[');
                return at + 1;
            case '"':
                begin_string(false);
                return at + 1;
            case 't':
                return begin_literal(at, "true");
            case 'f':
                return begin_literal(at, "false");
            case 'n':
                return begin_literal(at, "null");
            default:
                break;
        }
        state_ = *at == '-' || is_digit(*at) ? state::number : state::failed;
        part_ = *at == '-' ? number_part::minus : *at == '0' ? number_part::zero : number_part::digits;
        is_wanted_ = state_ == state::number && handler_.wants_value();
        if (is_wanted_)
            handler_.on_number_part({at, 1}, false);
        return at + 1;
    }

    void open(bool is_array)
    {
        if (depth_ == max_depth)
        {
            state_ = state::failed;
            return;
        }
        is_array_[depth_++] = is_array;
        state_ = is_array ? state::value_or_end : state::key_or_end;
        if (is_array)
            handler_.on_array_begin();
        else
            handler_.on_object_begin();
    }

    void close()
    {
        if (is_array_[--depth_])
            handler_.on_array_end();
        else
            handler_.on_object_end();
        end_value();
    }

    void end_value() { state_ = depth_ == 0 ? state::done : state::comma_or_end; }

    void begin_string(bool is_key)
    {
        is_key_ = is_key;
        is_wanted_ = is_key ? handler_.wants_key() : handler_.wants_value();
        state_ = state::string;
    }

    void tell(std::string_view piece, bool is_last)
    {
        if (!is_wanted_ || (piece.empty() && !is_last))
            return;
        if (is_key_)
            handler_.on_key_part(piece, is_last);
        else
            handler_.on_string_part(piece, is_last);
    }

    char const* string(char const* const begin, char const* const end)
    {
        auto const* at = begin;
        auto const so_far = [&] { return std::string_view(begin, static_cast<std::size_t>(at - begin)); };
        for (;;)
        {
            if (utf8_left_ == 0)
                while (at != end && is_plain(*at))
                    ++at;
            if (at == end)
            {
                tell(so_far(), false);
                return at;
            }
            auto const c = static_cast<unsigned char>(*at);
            if (utf8_left_ == 0 && c == '"')
            {
                tell(so_far(), true);
                if (is_key_)
                    state_ = state::colon;
                else
                    end_value();
                return at + 1;
            }
            if (utf8_left_ == 0 && c == '\\')
            {
                tell(so_far(), false);
                state_ = state::escape;
                return at + 1;
            }
            if (!is_utf8(c))
            {
                state_ = state::failed;
                return at;
            }
            ++at;
        }
    }

    /// RFC 3629, section 4. Also takes ill of control characters, which need an escape.
    bool is_utf8(unsigned char c)
    {
        if (utf8_left_ > 0)
        {
            bool const fits = c >= utf8_least_ && c <= utf8_most_;
            --utf8_left_;
            utf8_least_ = 0x80;
            utf8_most_ = 0xbf;
            return fits;
        }
        if (c < 0xc2 || c > 0xf4)
            return false;
        utf8_left_ = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        utf8_least_ = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
        utf8_most_ = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        return true;
    }

    void escape(char c)
    {
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        if (c == 'u')
            return begin_hex(true);
        auto const which = letters.find(c);
        if (which == std::string_view::npos)
        {
            state_ = state::failed;
            return;
        }
        state_ = state::string;
        tell(meanings.substr(which, 1), false);
    }

    void begin_hex(bool as_it_must_be)
    {
        state_ = as_it_must_be ? state::hex : state::failed;
        hex_left_ = 4;
        code_ = 0;
    }

    void hex(char c)
    {
        auto const lower = static_cast<char>(c | 0x20);
        if (!is_digit(c) && (lower < 'a' || lower > 'f'))
        {
            state_ = state::failed;
            return;
        }
        code_ = code_ * 16 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : lower - 'a' + 10);
        if (--hex_left_ == 0)
            end_hex();
    }

    /// A character beyond the first 65,536 is two escapes, a high and a low one (RFC 8259, section 7).
    void end_hex()
    {
        bool const is_high = code_ >= 0xd800 && code_ < 0xdc00;
        bool const is_low = code_ >= 0xdc00 && code_ < 0xe000;
        if (is_low != (high_ != 0))
            state_ = state::failed;
        else if (is_high)
        {
            high_ = code_;
            state_ = state::low_escape;
        }
        else
        {
            put_character(is_low ? 0x10000 + ((high_ - 0xd800) << 10) + (code_ - 0xdc00) : code_);
            high_ = 0;
            state_ = state::string;
        }
    }

    void put_character(std::uint32_t code)
    {
        char bytes[4];
        std::size_t count = 0;
        auto const put = [&](std::uint32_t byte) { bytes[count++] = static_cast<char>(byte); };
        if (code < 0x80)
            put(code);
        else if (code < 0x800)
            put(0xc0 | code >> 6);
        else if (code < 0x10000)
            put(0xe0 | code >> 12);
        else
            put(0xf0 | code >> 18);
        for (int shift = code < 0x80      ? -6
                         : code < 0x800   ? 0
                         : code < 0x10000 ? 6
                                          : 12;
             shift >= 0;
             shift -= 6)
            put(0x80 | (code >> shift & 0x3f));
        tell({bytes, count}, false);
    }

    char const* number(char const* const begin, char const* const end)
    {
        auto const* at = begin;
        while (at != end && goes_on(*at))
            ++at;
        bool const is_last = at != end;
        if (is_wanted_)
            handler_.on_number_part({begin, static_cast<std::size_t>(at - begin)}, is_last);
        if (!is_last)
            return at;
        bool const is_whole = part_ == number_part::zero || part_ == number_part::digits ||
                              part_ == number_part::fraction || part_ == number_part::exponent_digits;
        if (is_whole)
            end_value();
        else
            state_ = state::failed;
        return at;
    }

    /// Whether the character belongs to the number, which is then one character longer.
    bool goes_on(char c)
    {
        auto const becomes = [this](number_part next)
        {
            part_ = next;
            return true;
        };
        bool const may_have_exponent =
            part_ == number_part::zero || part_ == number_part::digits || part_ == number_part::fraction;
        if (c == '.' && (part_ == number_part::zero || part_ == number_part::digits))
            return becomes(number_part::point);
        if ((c == 'e' || c == 'E') && may_have_exponent)
            return becomes(number_part::exponent);
        if ((c == '+' || c == '-') && part_ == number_part::exponent)
            return becomes(number_part::exponent_sign);
        if (!is_digit(c) || part_ == number_part::zero)
            return false;
        switch (part_)
        {
            case number_part::minus:
                return becomes(c == '0' ? number_part::zero : number_part::digits);
            case number_part::point:
                return becomes(number_part::fraction);
            case number_part::exponent:
            case number_part::exponent_sign:
                return becomes(number_part::exponent_digits);
            default:
                return true;
        }
    }

    char const* begin_literal(char const* at, std::string_view word)
    {
        state_ = state::literal;
        literal_ = word;
        literal_left_ = word.substr(1);
        return at + 1;
    }

    char const* literal(char const* at, char const* end)
    {
        while (at != end && !literal_left_.empty())
        {
            if (*at != literal_left_.front())
            {
                state_ = state::failed;
                return at;
            }
            literal_left_.remove_prefix(1);
            ++at;
        }
        if (!literal_left_.empty())
            return at;
        if (literal_ == "null")
            handler_.on_null();
        else
            handler_.on_bool(literal_ == "true");
        end_value();
        return at;
    }

    Handler& handler_;
    std::array<bool, max_depth> is_array_;
    std::size_t depth_ = 0;
    state state_ = state::value;
    number_part part_ = number_part::minus;
    bool is_key_ = false;
    bool is_wanted_ = false;
    std::uint8_t utf8_left_ = 0;  ///< bytes of a character that are to come, the next one between these two:
    std::uint8_t utf8_least_ = 0;
    std::uint8_t utf8_most_ = 0;
    std::uint8_t hex_left_ = 0;
    std::uint32_t code_ = 0;
    std::uint32_t high_ = 0;  ///< of a surrogate pair, while its other half is due
    std::string_view literal_;
    std::string_view literal_left_;
};

}  // namespace tcr::kube
