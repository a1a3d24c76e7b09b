// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/duration.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace tcr
{
namespace
{

using std::chrono::milliseconds;

struct unit
{
    std::string_view word;
    std::uint64_t length_ms;
};

constexpr std::array<unit, 4> units{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

/// Longest duration that `parse_duration` accepts: 100 years. No setting needs more, and a timer can count
/// 100 years in 64-bit nanoseconds.
constexpr std::uint64_t longest_ms = 876'000 * units[0].length_ms;

error not_a_duration()
{
    return invalid_argument("is not a duration; write one like 15s, 1h30m or 500ms");
}

error too_long()
{
    return invalid_argument("is longer than 100 years; write a shorter one");
}

/// Removes characters from the front of `text`, as long as each is in `characters`. \return the removed text.
std::string_view take_while(std::string_view& text, std::string_view characters)
{
    auto const taken = text.substr(0, std::min(text.find_first_not_of(characters), text.size()));
    text.remove_prefix(taken.size());
    return taken;
}

constexpr std::string_view decimal_digits = "0123456789";

/// Converts a number of units to milliseconds. For "1.5", `whole` is "1" and `fraction` is "5".
result<std::uint64_t> scale(std::string_view whole, std::string_view fraction, unit const& of)
{
    auto const count = whole.empty() ? 0 : parse_u64(whole);
    if (!count || *count > longest_ms / of.length_ms)
        return too_long();
    // Trailing zeros do not change the value. Without them, the fraction has at most eight digits if the
    // duration is a whole number of milliseconds, whatever the unit.
    fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
    std::string places(fraction.substr(0, 8));
    places.resize(8, '0');
    constexpr std::uint64_t parts_of_one = 100'000'000;
    auto const parts_ms = *parse_u64(places) * of.length_ms;
    if (fraction.size() > 8 || parts_ms % parts_of_one != 0)
        return invalid_argument("is finer than a millisecond; write whole milliseconds, like 500ms");
    return *count * of.length_ms + parts_ms / parts_of_one;
}

/// Removes one part, such as "1.5h", from the front of `text`. \return the part in milliseconds.
result<std::uint64_t> take_part(std::string_view& text)
{
    auto const whole = take_while(text, decimal_digits);
    bool const has_point = text.starts_with('.');
    text.remove_prefix(has_point ? 1 : 0);
    auto const fraction = has_point ? take_while(text, decimal_digits) : std::string_view();
    if (whole.empty() && fraction.empty())
        return not_a_duration();
    auto const word = take_while(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    auto const found =
        std::find_if(units.begin(), units.end(), [word](unit const& each) { return each.word == word; });
    if (found != units.end())
        return scale(whole, fraction, *found);
    if (!text.empty())
        return not_a_duration();
    if (word.empty())
        return invalid_argument("has no unit; write one after the number: h, m, s or ms, like 15s");
    return invalid_argument(
        "has a unit that is none of h, m, s, ms; write a duration like 15s, 1h30m or 500ms"
    );
}

}  // namespace

result<milliseconds> parse_duration(std::string_view text)
{
    if (text == "0")
        return milliseconds(0);
    if (text.empty())
        return not_a_duration();
    if (text.starts_with('-'))
        return invalid_argument("is negative; write 0s or more");
    std::uint64_t total = 0;
    while (!text.empty())
    {
        auto const part = take_part(text);
        if (!part)
            return part.error();
        total += *part;
        if (total > longest_ms)
            return too_long();
    }
    return milliseconds(total);
}

std::string to_text(milliseconds duration)
{
    auto rest = static_cast<std::uint64_t>(duration.count());
    if (rest == 0)
        return "0s";
    std::string text;
    for (auto const& [word, length] : units)
    {
        if (rest >= length)
            text.append(std::to_string(rest / length)).append(word);
        rest %= length;
    }
    return text;
}

}  // namespace tcr
