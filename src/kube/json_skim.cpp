// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/errc.hpp>
#include <tcr/kube/json_skim.hpp>
#include <tcr/util/strings.hpp>

#include <boost/locale/utf.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <iterator>
#include <optional>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tcr::kube
{
namespace
{

/// The index that stands for no node: no value is wanted at this place.
constexpr std::int16_t unwanted = -1;

}  // namespace

skim_tree::skim_tree(std::vector<skim_path> const& paths) : nodes_(1)
{
    for (auto const& wanted : paths)
    {
        std::int16_t place = 0;
        for (auto const& step : wanted.path)
        {
            place = child(place, step);
            auto& passed = nodes_[static_cast<std::size_t>(place)];
            passed.field_below = passed.field_below < 0 ? wanted.field : passed.field_below;
        }
        auto& end = nodes_[static_cast<std::size_t>(place)];
        end.field = wanted.field;
        end.in_pieces = wanted.in_pieces;
        end.max_bytes = wanted.max_bytes;
    }
}

std::int16_t skim_tree::child(std::int16_t parent, std::string const& step)
{
    auto const next = static_cast<std::int16_t>(nodes_.size());
    auto& from = nodes_[static_cast<std::size_t>(parent)];
    auto found = next;
    if (step == "[]")
        found = from.element = from.element == unwanted ? next : from.element;
    else if (step == "*")
    {
        found = from.any_key = from.any_key == unwanted ? next : from.any_key;
        from.max_key = std::max(from.max_key, max_key_bytes);
    }
    else
    {
        auto known =
            std::find_if(from.keys.begin(), from.keys.end(), [&](auto const& k) { return k.first == step; });
        if (known != from.keys.end())
            found = known->second;
        else
            from.keys.emplace_back(step, next);
        from.max_key = std::max(from.max_key, step.size());
    }
    if (found == next)
        nodes_.emplace_back();
    return found;
}

namespace
{

/// A block of several bytes that are compared at once. `marks` has `bits_per_byte` bits for each byte, the
/// lowest bits for the first byte. A set bit marks a match. Only the lowest set bit is reliable.
#if defined(__SSE2__)
class byte_block
{
public:
    using marks = unsigned;
    static constexpr std::ptrdiff_t size = 16;
    static constexpr int bits_per_byte = 1;

    explicit byte_block(char const* from) : bytes_(_mm_loadu_si128(reinterpret_cast<__m128i const*>(from))) {}

    marks equal(char c) const { return mask(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c))); }
    marks below_space() const
    {
        auto const highest = _mm_set1_epi8(0x1f);
        return mask(_mm_cmpeq_epi8(_mm_max_epu8(bytes_, highest), highest));
    }
    marks non_ascii() const { return mask(bytes_); }

private:
    static marks mask(__m128i bytes) { return static_cast<marks>(_mm_movemask_epi8(bytes)); }

    __m128i bytes_;
};
#else
/// The same without SSE2: a block is a word of 64 bits. The method is from Warren, "Hacker's Delight" (6-1).
class byte_block
{
public:
    using marks = std::uint64_t;
    static constexpr std::ptrdiff_t size = 8;
    static constexpr int bits_per_byte = 8;

    explicit byte_block(char const* from)
    {
        std::memcpy(&word_, from, sizeof word_);
        if constexpr (std::endian::native == std::endian::big)
            word_ = __builtin_bswap64(word_);
    }

    marks equal(char c) const { return below(word_ ^ (ones * static_cast<unsigned char>(c)), 1); }
    marks below_space() const { return below(word_, ' '); }
    marks non_ascii() const { return word_ & highs; }

private:
    static constexpr std::uint64_t ones = 0x0101010101010101;
    static constexpr std::uint64_t highs = 0x8080808080808080;
    static marks below(std::uint64_t word, std::uint64_t number)
    {
        return (word - ones * number) & ~word & highs;
    }

    std::uint64_t word_;
};
#endif

/// The first byte that matches, or `end`. `in_block` finds matches in a block; `is_sought` applies the same
/// test to one byte.
template <class InBlock, class IsSought>
char const* find_byte(char const* at, char const* end, InBlock in_block, IsSought is_sought)
{
    for (; end - at >= byte_block::size; at += byte_block::size)
        if (auto const found = in_block(byte_block(at)); found != 0)
            return at + std::countr_zero(found) / byte_block::bits_per_byte;
    while (at != end && !is_sought(*at))
        ++at;
    return at;
}

/// The next quote or backslash, which ends a string or begins an escape; `end` if there is none.
char const* find_quote_or_backslash(char const* at, char const* end)
{
    return find_byte(
        at,
        end,
        [](byte_block const& block) { return block.equal('"') | block.equal('\\'); },
        [](char c) { return c == '"' || c == '\\'; }
    );
}

/// The next quote, backslash or control character; `end` if there is none. A string must not contain a
/// control character (RFC 8259, section 7).
char const* find_end_of_run(char const* at, char const* end)
{
    return find_byte(
        at,
        end,
        [](byte_block const& block) { return block.equal('"') | block.equal('\\') | block.below_space(); },
        [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }
    );
}

char const* find_non_ascii(char const* at, char const* end)
{
    return find_byte(
        at,
        end,
        [](byte_block const& block) { return block.non_ascii(); },
        [](char c) { return static_cast<unsigned char>(c) >= 0x80; }
    );
}

bool is_ascii(std::string_view text)
{
    auto const* const begin = text.data();
    auto const* const end = begin + text.size();
    return find_non_ascii(begin, end) == end;
}

/// Whether bytes that arrive in pieces are UTF-8 (RFC 3629).
class utf8_check
{
public:
    /// Checks the next bytes. \return how many bytes are valid, counted from the first.
    std::size_t accept(std::string_view bytes)
    {
        auto const* at = bytes.data();
        auto const* const end = at + bytes.size();
        while (at != end)
        {
            if (missing_ == 0)
                at = find_non_ascii(at, end);
            if (at == end || !accept(static_cast<unsigned char>(*at)))
                break;
            ++at;
        }
        return static_cast<std::size_t>(at - bytes.data());
    }

    /// Whether the bytes so far end between two characters.
    bool is_complete() const { return missing_ == 0; }

    void reset() { missing_ = 0; }

private:
    bool accept(unsigned char byte)
    {
        if (missing_ > 0)
        {
            if (byte < lowest_ || byte > highest_)
                return false;
            lowest_ = 0x80;
            highest_ = 0xbf;
            --missing_;
            return true;
        }
        // The range of the second byte excludes overlong forms, surrogates and code points above U+10FFFF.
        lowest_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
        highest_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
        missing_ = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
        return byte >= 0xc2 && byte <= 0xf4;
    }

    unsigned missing_ = 0;  ///< number of bytes that the current character still lacks
    unsigned char lowest_ = 0;
    unsigned char highest_ = 0;
};

bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// The part of a number to which its last character so far belongs, by the grammar of RFC 8259, section 6.
enum class number_part : std::uint8_t
{
    begin,
    minus,
    zero,
    integer,
    point,
    fraction,
    exponent,
    exponent_sign,
    exponent_digits
};

bool may_end(number_part part)
{
    using enum number_part;
    return part == zero || part == integer || part == fraction || part == exponent_digits;
}

/// The part that `c` belongs to after `part`; nullopt if `c` does not continue the number.
std::optional<number_part> next_part(number_part part, char c)
{
    using enum number_part;
    bool const is_digit = c >= '0' && c <= '9';
    switch (part)
    {
        case begin:
            if (c == '-')
                return minus;
            [[fallthrough]];
        case minus:
            if (is_digit)
                return c == '0' ? zero : integer;
            return std::nullopt;
        case integer:
            if (is_digit)
                return integer;
            [[fallthrough]];
        case zero:
            if (c == '.')
                return point;
            break;
        case point:
            return is_digit ? std::optional(fraction) : std::nullopt;
        case fraction:
            if (is_digit)
                return fraction;
            break;
        case exponent:
            if (c == '+' || c == '-')
                return exponent_sign;
            [[fallthrough]];
        case exponent_sign:
        case exponent_digits:
            return is_digit ? std::optional(exponent_digits) : std::nullopt;
    }
    return c == 'e' || c == 'E' ? std::optional(exponent) : std::nullopt;
}

constexpr std::string_view is_too_long = "is too long";
constexpr std::string_view is_not_utf8 = "is not UTF-8";
constexpr std::string_view has_half_a_pair = "has half of a surrogate pair";
constexpr std::string_view has_bad_escape = "has an invalid escape";
constexpr std::string_view has_control_character = "has a control character";

/// For a string in pieces: the lexer joins short runs of decoded text into pieces of at most about this many
/// bytes. At the end of each input, it delivers the text that it has collected.
constexpr std::size_t piece_bytes = 512;

}  // namespace

/// A state machine over the bytes, with a stack of the tree nodes on the current path. A call of `feed` may
/// end after any byte. The lexer descends only into nodes of the tree. It skips other values by counting
/// brackets.
class json_skimmer::lexer
{
public:
    lexer(skim_tree const& tree, skim_handler& handler) : tree_(tree), handler_(handler)
    {
        stack_.reserve(16);
    }

    boost::system::error_code feed(std::string_view piece);

    bool between_documents() const { return state_ == state::between_documents; }

    void reset();

private:
    enum class state : std::uint8_t
    {
        between_documents,
        value,          ///< a value must begin
        first_element,  ///< a value may begin, or the array ends
        key,            ///< a key must begin
        first_key,      ///< a key may begin, or the object ends
        colon,
        after_value,  ///< a comma must come, or the end of the object or array
        string,
        number,
        literal,
        skipped_string,
        skipped_container,
        document_end,
        failed
    };

    enum class use : std::uint8_t
    {
        key,
        value,
        pieces
    };

    struct frame
    {
        std::int16_t node;
        bool is_array;
    };

    char const* structure(char const* at, char const* end);
    char const* begin_key(char const* at, char const* end);
    char const* begin_value(char const* at, char const* end);
    char const* begin_container(char const* at, char const* end);
    void begin_text(use what, std::size_t max_bytes);
    void close();
    void end_value() { state_ = stack_.empty() ? state::document_end : state::after_value; }

    char const* read_string(char const* at, char const* end);
    bool read_escape(char c);
    void end_unicode_escape();
    void end_string(std::string_view run);
    void add(std::string_view run);
    void add_piece(std::string_view piece);
    void add_character(std::uint32_t code);
    void deliver_piece(bool last);
    void set_problem(std::string_view problem);
    std::string_view whole(std::string_view run);
    void report(std::string_view text);
    void find_key(std::string_view key);

    char const* read_number(char const* at, char const* end);
    char const* read_literal(char const* at, char const* end);
    char const* skip(char const* at, char const* end);
    char const* skip_string(char const* at, char const* end);
    char const* skip_container(char const* at, char const* end);

    std::int16_t current_node() const;

    skim_tree const& tree_;
    skim_handler& handler_;
    std::vector<frame> stack_;
    state state_ = state::between_documents;
    std::int16_t next_ = 0;  ///< node of the last key; the root before the first key
    std::string any_key_;    ///< the key that the last "*" matched

    // State for skipping a value.
    std::size_t depth_ = 0;  ///< number of open brackets
    bool in_string_ = false;
    bool after_backslash_ = false;

    // State for reading a string, number or literal.
    std::int16_t node_ = unwanted;
    use use_ = use::value;
    std::string text_;  ///< decoded text that `add` and `add_character` have collected
    std::size_t max_bytes_ = 0;
    std::string_view problem_;  ///< why the text cannot be read; empty if it is readable
    utf8_check utf8_;
    std::uint8_t escape_ = 0;  ///< 5: after the backslash; 4 to 1: number of missing digits; 0: no escape
    std::uint32_t code_ = 0;   ///< value of the hexadecimal digits so far
    std::uint32_t high_surrogate_ = 0;  ///< a high surrogate whose low surrogate is missing; 0: none
    number_part number_ = number_part::begin;
    std::string_view literal_;  ///< the rest of "true", "false" or "null"
    char literal_begin_ = 0;
};

boost::system::error_code json_skimmer::lexer::feed(std::string_view piece)
{
    auto const* at = piece.data();
    auto const* const end = at + piece.size();
    while (at != end && state_ != state::failed)
    {
        switch (state_)
        {
            case state::string:
                at = read_string(at, end);
                break;
            case state::number:
                at = read_number(at, end);
                break;
            case state::literal:
                at = read_literal(at, end);
                break;
            case state::skipped_string:
            case state::skipped_container:
                at = skip(at, end);
                break;
            default:
                at = structure(at, end);
        }
        if (state_ != state::document_end)
            continue;
        reset();
        if (auto refused = handler_.on_document())
            return refused;
    }
    return state_ == state::failed ? make_error_code(errc::bad_answer) : boost::system::error_code();
}

void json_skimmer::lexer::reset()
{
    stack_.clear();
    state_ = state::between_documents;
    next_ = 0;
    depth_ = 0;
    in_string_ = false;
    after_backslash_ = false;
    clear_large(text_);
}

/// The node of the value that begins now: the element of an array, or the node of the last key.
std::int16_t json_skimmer::lexer::current_node() const
{
    return !stack_.empty() && stack_.back().is_array ? tree_.at(stack_.back().node).element : next_;
}

/// Reads brackets, commas, colons and blanks. Where a key or a value begins, starts to read or skip it.
char const* json_skimmer::lexer::structure(char const* at, char const* end)
{
    while (at != end && state_ <= state::after_value)
    {
        char const c = *at;
        if (is_space(c))
        {
            ++at;
            continue;
        }
        switch (state_)
        {
            case state::after_value:
                ++at;
                if (c == ',')
                    state_ = stack_.back().is_array ? state::value : state::key;
                else if (c == (stack_.back().is_array ? ']' : '}'))
                    close();
                else
                    state_ = state::failed;
                break;
            case state::first_key:
                if (c == '}')
                {
                    ++at;
                    close();
                    break;
                }
                [[fallthrough]];
            case state::key:
                if (c == '"')
                    at = begin_key(at + 1, end);
                else
                    state_ = state::failed;
                break;
            case state::colon:
                ++at;
                state_ = c == ':' ? state::value : state::failed;
                break;
            case state::first_element:
                if (c == ']')
                {
                    ++at;
                    close();
                    break;
                }
                [[fallthrough]];
            default:
                at = begin_value(at, end);
        }
    }
    return at;
}

char const* json_skimmer::lexer::begin_key(char const* at, char const* end)
{
    auto const& node = tree_.at(stack_.back().node);
    auto const* const stop = find_quote_or_backslash(at, end);
    // The usual case: this piece has the whole key, the key has no escape, and no "*" needs its text.
    if (node.any_key == unwanted && stop != end && *stop == '"')
    {
        problem_ = {};
        find_key({at, static_cast<std::size_t>(stop - at)});
        at = stop + 1;
        state_ = state::colon;
        if (end - at < 2 || *at != ':')
            return at;
        state_ = state::value;
        return is_space(at[1]) ? at + 1 : begin_value(at + 1, end);
    }
    begin_text(use::key, node.max_key);
    return at;
}

char const* json_skimmer::lexer::begin_value(char const* at, char const* end)
{
    node_ = current_node();
    char const c = *at;
    if (c == '{' || c == '[')
        return begin_container(at, end);
    if (node_ != unwanted && tree_.at(node_).field < 0)
        node_ = unwanted;
    if (c == '"' && node_ == unwanted)
    {
        in_string_ = true;
        state_ = state::skipped_string;
        return skip(at + 1, end);
    }
    auto const max_bytes = node_ == unwanted ? 0 : tree_.at(node_).max_bytes;
    if (c == '"')
    {
        begin_text(tree_.at(node_).in_pieces ? use::pieces : use::value, max_bytes);
        return read_string(at + 1, end);
    }
    begin_text(use::value, max_bytes);
    state_ = state::literal;
    literal_begin_ = c;
    if (c == 't')
        literal_ = "true";
    else if (c == 'f')
        literal_ = "false";
    else if (c == 'n')
        literal_ = "null";
    else
    {
        number_ = number_part::begin;
        state_ = next_part(number_, c) ? state::number : state::failed;
    }
    return at;
}

char const* json_skimmer::lexer::begin_container(char const* at, char const* end)
{
    if (node_ == unwanted)
    {
        state_ = state::skipped_container;
        return skip(at, end);
    }
    bool const is_array = *at == '[';
    state_ = is_array ? state::first_element : state::first_key;
    stack_.push_back({node_, is_array});
    if (auto const field = tree_.at(node_).field; field >= 0)
        handler_.on_open(field);
    return at + 1;
}

void json_skimmer::lexer::begin_text(use what, std::size_t max_bytes)
{
    state_ = state::string;
    use_ = what;
    max_bytes_ = max_bytes;
    problem_ = {};
    utf8_.reset();
    escape_ = 0;
    high_surrogate_ = 0;
}

void json_skimmer::lexer::close()
{
    auto const field = tree_.at(stack_.back().node).field;
    stack_.pop_back();
    end_value();
    if (field >= 0)
        handler_.on_close(field);
}

// --- wanted strings, and keys of objects that contain wanted places

char const* json_skimmer::lexer::read_string(char const* at, char const* end)
{
    while (at != end)
    {
        if (escape_ != 0)
        {
            at += read_escape(*at) ? 1 : 0;
            continue;
        }
        auto const* const stop = find_end_of_run(at, end);
        std::string_view const run(at, static_cast<std::size_t>(stop - at));
        if (stop != end && *stop == '"')
        {
            end_string(run);
            return stop + 1;
        }
        add(run);
        if (stop == end)
            break;
        if (*stop == '\\')
            escape_ = 5;
        else
            set_problem(has_control_character);
        at = stop + 1;
    }
    if (use_ == use::pieces && !text_.empty())
        deliver_piece(false);
    return end;
}

/// \return whether `c` belongs to the escape. If fewer than four digits follow "\u", the escape ends after
/// these digits. A quote directly after them ends the string, as in `skip_string`.
bool json_skimmer::lexer::read_escape(char c)
{
    if (escape_ < 5)
    {
        std::uint32_t digit = 0;
        if (std::from_chars(&c, &c + 1, digit, 16).ec != std::errc())
        {
            escape_ = 0;
            set_problem(has_bad_escape);
            return false;
        }
        code_ = code_ << 4 | digit;
        if (--escape_ == 0)
            end_unicode_escape();
        return true;
    }
    escape_ = 0;
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (c == 'u')
    {
        escape_ = 4;
        code_ = 0;
    }
    else if (auto const which = names.find(c); which != std::string_view::npos)
        add(meanings.substr(which, 1));
    else
        set_problem(has_bad_escape);
    return true;
}

void json_skimmer::lexer::end_unicode_escape()
{
    bool const is_high = code_ >= 0xd800 && code_ < 0xdc00;
    bool const is_low = code_ >= 0xdc00 && code_ < 0xe000;
    if (is_low != (high_surrogate_ != 0))
        return set_problem(has_half_a_pair);
    if (is_high)
        high_surrogate_ = code_;
    else if (is_low)
        add_character(0x10000 + ((std::exchange(high_surrogate_, 0) - 0xd800) << 10) + (code_ - 0xdc00));
    else
        add_character(code_);
}

void json_skimmer::lexer::add_character(std::uint32_t code)
{
    // If a UTF-8 character before the escape is incomplete, no later byte can complete it.
    if (!utf8_.is_complete())
        return set_problem(is_not_utf8);
    if (!problem_.empty())
        return;
    boost::locale::utf::utf_traits<char>::encode(code, std::back_inserter(text_));
    if (use_ == use::pieces)
    {
        if (text_.size() >= piece_bytes)
            deliver_piece(false);
    }
    else if (text_.size() > max_bytes_)
        set_problem(is_too_long);
}

void json_skimmer::lexer::add(std::string_view run)
{
    if (run.empty() || !problem_.empty())
        return;
    if (high_surrogate_ != 0)
        return set_problem(has_half_a_pair);
    auto const good = run.substr(0, utf8_.accept(run));
    if (use_ == use::pieces)
        add_piece(good);
    else if (good.size() > max_bytes_ - text_.size())
        set_problem(is_too_long);
    else
        text_.append(good);
    if (good.size() < run.size())
        set_problem(is_not_utf8);
}

void json_skimmer::lexer::add_piece(std::string_view piece)
{
    if (text_.size() + piece.size() < piece_bytes)
    {
        text_.append(piece);
        return;
    }
    if (!text_.empty())
        deliver_piece(false);
    handler_.on_piece(tree_.at(node_).field, piece, false);
}

void json_skimmer::lexer::deliver_piece(bool last)
{
    handler_.on_piece(tree_.at(node_).field, text_, last);
    text_.clear();
}

void json_skimmer::lexer::set_problem(std::string_view problem)
{
    problem_ = problem_.empty() ? problem : problem_;
    if (use_ == use::pieces && !text_.empty())
        deliver_piece(false);
    clear_large(text_);
}

/// The complete text of the value or key. `run` is the last part of this text. An ASCII text without escapes
/// is not copied if it arrived in one piece.
std::string_view json_skimmer::lexer::whole(std::string_view run)
{
    bool const is_all = text_.empty() && problem_.empty() && utf8_.is_complete() && high_surrogate_ == 0;
    if (is_all && run.size() <= max_bytes_ && is_ascii(run))
        return run;
    add(run);
    if (high_surrogate_ != 0)
        set_problem(has_half_a_pair);
    if (!utf8_.is_complete())
        set_problem(is_not_utf8);
    return text_;
}

void json_skimmer::lexer::end_string(std::string_view run)
{
    if (use_ == use::pieces)
    {
        add(run);
        if (high_surrogate_ != 0)
            set_problem(has_half_a_pair);
        if (!utf8_.is_complete())
            set_problem(is_not_utf8);
        deliver_piece(true);
        if (!problem_.empty())
            handler_.on_unreadable(tree_.at(node_).field, problem_);
        return end_value();
    }
    auto const text = whole(run);
    if (use_ == use::key)
    {
        find_key(text);
        state_ = state::colon;
    }
    else
    {
        report(text);
        end_value();
    }
    if (!text_.empty())
        clear_large(text_);
}

void json_skimmer::lexer::report(std::string_view text)
{
    auto const field = tree_.at(node_).field;
    if (problem_.empty())
        handler_.on_value(field, any_key_, text);
    else
        handler_.on_unreadable(field, problem_);
}

void json_skimmer::lexer::find_key(std::string_view key)
{
    auto const& node = tree_.at(stack_.back().node);
    next_ = unwanted;
    if (problem_.empty())
        for (auto const& [name, child] : node.keys)
            if (name == key)
            {
                next_ = child;
                return;
            }
    if (node.any_key == unwanted)
        return;
    if (!problem_.empty())
        return handler_.on_unreadable(tree_.at(node.any_key).field_below, problem_);
    next_ = node.any_key;
    any_key_.assign(key);
}

// --- numbers and literals

char const* json_skimmer::lexer::read_number(char const* at, char const* end)
{
    auto const* const begin = at;
    std::optional<number_part> next = number_;
    while (at != end && (next = next_part(number_, *at)))
    {
        number_ = *next;
        ++at;
    }
    std::string_view const run(begin, static_cast<std::size_t>(at - begin));
    if (at == end)
    {
        if (node_ != unwanted)
            add(run);
        return end;
    }
    if (!may_end(number_))
    {
        state_ = state::failed;
        return at;
    }
    if (node_ != unwanted)
    {
        use_ = use::value;
        report(whole(run));
        clear_large(text_);
    }
    end_value();
    return at;
}

char const* json_skimmer::lexer::read_literal(char const* at, char const* end)
{
    for (; at != end && !literal_.empty(); ++at, literal_.remove_prefix(1))
        if (*at != literal_.front())
        {
            state_ = state::failed;
            return at;
        }
    if (!literal_.empty())
        return at;
    if (node_ != unwanted && literal_begin_ != 'n')
        report(literal_begin_ == 't' ? "true" : "false");
    end_value();
    return at;
}

// --- skipped values

char const* json_skimmer::lexer::skip(char const* at, char const* end)
{
    at = state_ == state::skipped_string ? skip_string(at, end) : skip_container(at, end);
    if (!in_string_ && depth_ == 0)
        end_value();
    return at;
}

char const* json_skimmer::lexer::skip_string(char const* at, char const* end)
{
    for (;;)
    {
        if (after_backslash_ && at != end)
        {
            ++at;
            after_backslash_ = false;
        }
        at = find_quote_or_backslash(at, end);
        if (at == end)
            return end;
        if (*at++ == '"')
        {
            in_string_ = false;
            return at;
        }
        after_backslash_ = true;
    }
}

char const* json_skimmer::lexer::skip_container(char const* at, char const* end)
{
    if (in_string_)
        at = skip_string(at, end);
    auto depth = depth_;
    while (at != end)
    {
        char const c = *at++;
        if (c == '"')
        {
            auto const* const stop = find_quote_or_backslash(at, end);
            in_string_ = stop == end || *stop != '"';
            at = in_string_ ? skip_string(stop, end) : stop + 1;
        }
        // '[' and '{' differ only in bit 0x20, and so do ']' and '}'.
        else if ((c | 0x20) == '{')
            ++depth;
        else if ((c | 0x20) == '}' && --depth == 0)
            break;
    }
    depth_ = depth;
    return at;
}

json_skimmer::json_skimmer(skim_tree const& tree, skim_handler& handler)
    : lexer_(std::make_unique<lexer>(tree, handler))
{
}

json_skimmer::~json_skimmer() = default;
json_skimmer::json_skimmer(json_skimmer&&) noexcept = default;

boost::system::error_code json_skimmer::feed(std::string_view piece)
{
    return lexer_->feed(piece);
}

bool json_skimmer::between_documents() const
{
    return lexer_->between_documents();
}

void json_skimmer::reset()
{
    lexer_->reset();
}

}  // namespace tcr::kube
