// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/strings.hpp>

#include <boost/json/serialize.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace tcr
{
namespace
{

constexpr std::string_view blanks = " \t\r\n";

/// Whether `text` begins with `form`. A '0' in `form` stands for any digit.
bool has_form(std::string_view text, std::string_view form)
{
    auto const fits = [](char expected, char c)
    { return expected == '0' ? c >= '0' && c <= '9' : c == expected; };
    return text.size() >= form.size() && std::equal(form.begin(), form.end(), text.begin(), fits);
}

/// Returns the number in the `count` digits that begin at index `at`. `count` is at most nine.
int number_at(std::string_view text, std::size_t at, std::size_t count)
{
    int value = 0;
    std::from_chars(text.data() + at, text.data() + at + count, value);
    return value;
}

/// Formats a time as `rfc3339` does. `when` is in seconds, because the midnight before the earliest time of
/// `system_clock` does not fit into 64-bit nanoseconds.
std::string date_and_time(std::chrono::sys_seconds when)
{
    // Does not use strftime, which looks up the locale and takes ten times as long. Each log line calls
    // this function.
    using namespace std::chrono;
    auto const day = floor<days>(when);
    year_month_day const date(day);
    hh_mm_ss const time(when - day);
    std::string text = "0000-00-00T00:00:00Z";
    auto const put = [&](std::size_t end, auto value)
    {
        for (auto rest = static_cast<unsigned>(value); rest > 0; rest /= 10)
            text[--end] = static_cast<char>('0' + rest % 10);
    };
    put(4, int(date.year()));
    put(7, unsigned(date.month()));
    put(10, unsigned(date.day()));
    put(13, time.hours().count());
    put(16, time.minutes().count());
    put(19, time.seconds().count());
    return text;
}

}  // namespace

std::string_view trim(std::string_view text)
{
    auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split_names(std::string_view text, char separator)
{
    std::vector<std::string_view> names;
    while (!text.empty())
    {
        auto end = std::min(text.find(separator), text.size());
        if (auto name = trim(text.substr(0, end)); !name.empty())
            names.push_back(name);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return names;
}

void clear_large(std::string& text)
{
    constexpr std::size_t much = 4096;
    if (text.capacity() > much)
        std::string().swap(text);  // assigning an empty string may keep the memory
    else
        text.clear();
}

std::string ascii_lower(std::string_view text)
{
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::optional<std::uint64_t> parse_u64(std::string_view text)
{
    std::uint64_t value = 0;
    auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || ec != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::size_t control_character_at(std::string_view text, std::size_t at)
{
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (byte(at) < 0x20 || byte(at) == 0x7f)
        return 1;
    return byte(at) == 0xc2 && at + 1 < text.size() && byte(at + 1) >= 0x80 && byte(at + 1) < 0xa0 ? 2 : 0;
}

std::string printable(std::string_view text, std::size_t limit)
{
    auto end = std::min(text.size(), limit);
    // Moves `end` to the start of a UTF-8 character (RFC 3629). A character has at most four bytes, so `end`
    // moves by at most three.
    for (int i = 0; i < 3 && end < text.size() && end > 0 && (text[end] & 0xc0) == 0x80; ++i)
        --end;
    std::string out;
    for (std::size_t i = 0; i < end;)
    {
        auto const control = control_character_at(text, i);
        out += control > 0 ? ' ' : text[i];
        i += std::max(control, std::size_t{1});
    }
    if (text.size() > limit)
        out += "…";
    return std::string(trim(out));
}

std::string json_quoted(std::string_view text)
{
    constexpr char digits[] = "0123456789abcdef";
    auto quoted = boost::json::serialize(text);
    // JSON need not escape U+007F to U+009F (RFC 8259 section 7).
    for (std::size_t i = 0; i < quoted.size(); ++i)
        if (auto const bytes = control_character_at(quoted, i); bytes > 0)
        {
            auto const code = static_cast<unsigned char>(quoted[i + bytes - 1]);
            quoted.replace(i, bytes, std::string("\\u00") + digits[code >> 4] + digits[code & 15]);
        }
    return quoted;
}

std::string in_quotes(std::string_view text, char mark)
{
    constexpr std::size_t limit = 80;
    return mark + printable(text, limit) + mark;
}

std::string url_encode(std::string_view text)
{
    return boost::urls::encode(text, boost::urls::unreserved_chars);
}

std::string base64_encode(std::string_view bytes)
{
    std::string out((bytes.size() + 2) / 3 * 4, '\0');
    EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<unsigned char const*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    return out;
}

std::optional<std::string> base64_decode(std::string_view text)
{
    std::string packed;
    for (char c : text)
        if (blanks.find(c) == std::string_view::npos)
            packed += c;
    if (packed.size() % 4 != 0)
        return std::nullopt;
    // EVP_DecodeBlock decodes each '=' at the end to a zero byte. Counts the '=' so that these bytes can be
    // removed.
    std::size_t padding = 0;
    while (padding < 2 && packed.size() > padding && packed[packed.size() - 1 - padding] == '=')
        ++padding;
    if (packed.find('=') < packed.size() - padding)
        return std::nullopt;
    std::string out(packed.size() / 4 * 3, '\0');
    int written = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<unsigned char const*>(packed.data()),
        static_cast<int>(packed.size())
    );
    // The size differs if EVP_DecodeBlock failed, or if it ignored four '-' at the end instead of rejecting
    // them.
    if (written != static_cast<int>(out.size()))
        return std::nullopt;
    return out.substr(0, out.size() - padding);
}

std::string rfc3339(std::chrono::system_clock::time_point when)
{
    return date_and_time(std::chrono::floor<std::chrono::seconds>(when));
}

std::string rfc3339_micro(std::chrono::system_clock::time_point when)
{
    auto const micros = std::chrono::floor<std::chrono::microseconds>(when);
    auto const seconds = std::chrono::floor<std::chrono::seconds>(micros);
    // Adds 1'000'000, so that the text keeps leading zeros. The leading '1' is removed below.
    auto const digits = std::to_string(1'000'000 + (micros - seconds).count());
    auto text = date_and_time(seconds);
    text.pop_back();
    return text + "." + digits.substr(1) + "Z";
}

std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text)
{
    using namespace std::chrono;
    if (!has_form(text, "0000-00-00T00:00:00") && !has_form(text, "0000-00-00t00:00:00"))
        return std::nullopt;
    auto const part = [text](std::size_t at) { return number_at(text, at, 2); };
    auto const date =
        year(number_at(text, 0, 4)) / static_cast<unsigned>(part(5)) / static_cast<unsigned>(part(8));
    // Second 60 is a leap second.
    if (!date.ok() || part(11) > 23 || part(14) > 59 || part(17) > 60)
        return std::nullopt;
    auto rest = text.substr(19);
    nanoseconds fraction(0);
    if (rest.starts_with('.'))
    {
        auto const end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
        if (end == 1)
            return std::nullopt;
        std::string digits(rest.substr(1, std::min<std::size_t>(end - 1, 9)));
        digits.resize(9, '0');
        fraction = nanoseconds(number_at(digits, 0, 9));
        rest.remove_prefix(end);
    }
    minutes offset(0);
    if (rest != "Z" && rest != "z")
    {
        bool const is_offset = rest.size() == 6 && (has_form(rest, "+00:00") || has_form(rest, "-00:00"));
        if (!is_offset || number_at(rest, 1, 2) > 23 || number_at(rest, 4, 2) > 59)
            return std::nullopt;
        offset = hours(number_at(rest, 1, 2)) + minutes(number_at(rest, 4, 2));
        if (rest.starts_with('-'))
            offset = -offset;
    }

    auto const time = hours(part(11)) + minutes(part(14)) + seconds(part(17));
    sys_seconds const whole = sys_days(date) + time - offset;
    if (whole <= ceil<seconds>(system_clock::time_point::min()))
        return system_clock::time_point::min();
    if (whole >= floor<seconds>(system_clock::time_point::max()))
        return system_clock::time_point::max();
    return system_clock::time_point(whole) + duration_cast<system_clock::duration>(fraction);
}

}  // namespace tcr
