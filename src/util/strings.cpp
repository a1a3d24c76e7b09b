#include <tcr/util/strings.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace tcr
{
namespace
{

constexpr std::string_view blanks = " \t\r\n";

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
    // Cut before a character of UTF-8 (RFC 3629), not inside it: at most three of its bytes stand before `end`.
    for (int i = 0; i < 3 && end < text.size() && end > 0 && (text[end] & 0xc0) == 0x80; ++i)
        --end;
    std::string out;
    for (char c : text.substr(0, end))
        out += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? ' ' : c;
    if (text.size() > limit)
        out += "…";
    return std::string(trim(out));
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
    // It also drops a '-' at the end instead of refusing it.
    if (written != static_cast<int>(out.size()))
        return std::nullopt;
    return out.substr(0, out.size() - padding);
}

std::string rfc3339(std::chrono::system_clock::time_point when)
{
    std::time_t seconds = std::chrono::system_clock::to_time_t(when);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[sizeof "2021-12-01T06:47:36Z"];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

}  // namespace tcr
