#include <tcr/util/strings.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace tcr
{
namespace
{

constexpr std::string_view blanks = " \t\r\n";

/// Takes `count` digits, then the character `end` if given, from the front. \return -1 if they are not there.
int take_digits(std::string_view& text, std::size_t count, char end = '\0')
{
    int value = 0;
    auto const whole = count + (end == '\0' ? 0 : 1);
    if (text.size() < whole || (end != '\0' && text[count] != end))
        return -1;
    for (char c : text.substr(0, count))
    {
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(whole);
    return value;
}

/// Takes "Z" or "+08:00", which must be the rest of the text; else nothing.
std::optional<std::chrono::minutes> take_offset(std::string_view text)
{
    if (text == "Z" || text == "z")
        return std::chrono::minutes(0);
    if (text.empty() || (text[0] != '+' && text[0] != '-'))
        return std::nullopt;
    int const sign = text[0] == '+' ? 1 : -1;
    text.remove_prefix(1);
    int const hours = take_digits(text, 2, ':');
    int const minutes = take_digits(text, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !text.empty())
        return std::nullopt;
    return std::chrono::minutes(sign * (hours * 60 + minutes));
}

/// Takes ".25" from the front, if present. Nothing for a dot without digits.
std::optional<std::chrono::nanoseconds> take_fraction(std::string_view& text)
{
    std::chrono::nanoseconds fraction(0);
    if (text.empty() || text[0] != '.')
        return fraction;
    text.remove_prefix(1);
    std::size_t digits = 0;
    for (std::chrono::nanoseconds unit(100'000'000); digits < text.size(); ++digits, unit /= 10)
    {
        if (text[digits] < '0' || text[digits] > '9')
            break;
        fraction += unit * (text[digits] - '0');
    }
    text.remove_prefix(digits);
    if (digits == 0)
        return std::nullopt;
    return fraction;
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
        std::string().swap(text);  // a moved-from string may keep its memory
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

std::string printable(std::string_view text, std::size_t limit)
{
    auto end = std::min(text.size(), limit);
    // Cut before a UTF-8 character (RFC 3629), not inside one: at most three of its bytes precede `end`.
    for (int i = 0; i < 3 && end < text.size() && end > 0 && (text[end] & 0xc0) == 0x80; ++i)
        --end;
    std::string out;
    for (char c : text.substr(0, end))
        out += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? ' ' : c;
    if (text.size() > limit)
        out += "…";
    return std::string(trim(out));
}

std::string in_quotes(std::string_view text, char mark)
{
    constexpr std::size_t limit = 80;
    return mark + printable(text, limit) + mark;
}

std::string url_encode(std::string_view text)
{
    constexpr std::string_view unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (char c : text)
    {
        if (unreserved.find(c) != std::string_view::npos)
        {
            out += c;
            continue;
        }
        auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
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
    // EVP_DecodeBlock pads with zero bytes instead of dropping them: count the '=' ourselves.
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
    // EVP_DecodeBlock also drops a '-' at the end instead of refusing it.
    if (written != static_cast<int>(out.size()))
        return std::nullopt;
    return out.substr(0, out.size() - padding);
}

namespace
{

/// Takes seconds: the first day of a nanosecond clock begins before the range of that clock.
std::string date_and_time(std::chrono::sys_seconds when)
{
    // Called once per write: strftime would look up the locale each time, which takes ten times as long.
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

std::string rfc3339(std::chrono::system_clock::time_point when)
{
    return date_and_time(std::chrono::floor<std::chrono::seconds>(when));
}

std::string rfc3339_micro(std::chrono::system_clock::time_point when)
{
    auto const micros = std::chrono::floor<std::chrono::microseconds>(when);
    auto const seconds = std::chrono::floor<std::chrono::seconds>(micros);
    // A leading 1 keeps the zeros after it.
    auto const digits = std::to_string(1'000'000 + (micros - seconds).count());
    auto text = date_and_time(seconds);
    text.pop_back();
    return text + "." + digits.substr(1) + "Z";
}

std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text)
{
    using namespace std::chrono;
    int const years = take_digits(text, 4, '-');
    int const months = take_digits(text, 2, '-');
    int const days = take_digits(text, 2);
    if (years < 0 || months < 0 || days < 0 || text.empty() || (text[0] != 'T' && text[0] != 't'))
        return std::nullopt;
    text.remove_prefix(1);
    int const h = take_digits(text, 2, ':');
    int const m = take_digits(text, 2, ':');
    int const s = take_digits(text, 2);
    auto const date = year(years) / static_cast<unsigned>(months) / static_cast<unsigned>(days);
    // 60 is a leap second.
    if (!date.ok() || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60)
        return std::nullopt;
    auto const fraction = take_fraction(text);
    auto const offset = fraction ? take_offset(text) : std::nullopt;
    if (!offset)
        return std::nullopt;

    sys_seconds const whole = sys_days(date) + hours(h) + minutes(m) + seconds(s) - *offset;
    if (whole <= ceil<seconds>(system_clock::time_point::min()))
        return system_clock::time_point::min();
    if (whole >= floor<seconds>(system_clock::time_point::max()))
        return system_clock::time_point::max();
    return system_clock::time_point(whole) + duration_cast<system_clock::duration>(*fraction);
}

}  // namespace tcr
