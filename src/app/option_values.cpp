#include "option_values.hpp"

#include <tcr/kube/names.hpp>
#include <tcr/net/http_server.hpp>
#include <tcr/util/duration.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace tcr::app
{

namespace fs = std::filesystem;

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace
{

error unusable(std::string why = {})
{
    return error(kube::errc::bad_config, std::move(why));
}

template <class T>
result<T> found(std::optional<T> value)
{
    if (!value)
        return unusable();
    return *value;
}

}  // namespace

template <>
result<std::string> parse_value(std::string const& text)
{
    return text;
}

template <>
result<fs::path> parse_value(std::string const& text)
{
    return fs::path(text);
}

template <>
result<std::vector<std::string>> parse_value(std::string const& text)
{
    std::vector<std::string> names;
    for (auto const name : split_names(text))
        names.emplace_back(name);
    return names;
}

template <>
result<bool> parse_value(std::string const& text)
{
    if (text != "true" && text != "false")
        return unusable();
    return text == "true";
}

template <>
result<std::size_t> parse_value(std::string const& text)
{
    return found<std::size_t>(parse_u64(text));
}

template <>
result<double> parse_value(std::string const& text)
{
    double value = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    // from_chars accepts "nan" and "inf", too, but they are no usable rate.
    if (ec != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return unusable();
    return value;
}

template <>
result<milliseconds> parse_value(std::string const& text)
{
    return parse_duration(text);
}

template <>
result<seconds> parse_value(std::string const& text)
{
    auto const exact = parse_duration(text);
    if (!exact)
        return exact.error();
    auto const whole = std::chrono::floor<seconds>(*exact);
    if (whole != *exact)
        return unusable("is not in whole seconds; write " + tcr::to_text(whole + seconds(1)));
    return whole;
}

template <>
result<log_level> parse_value(std::string const& text)
{
    return found(parse_log_level(text));
}

template <>
result<log_format> parse_value(std::string const& text)
{
    return found(parse_log_format(text));
}

template <>
result<output_format> parse_value(std::string const& text)
{
    for (auto const each : {output_format::table, output_format::json, output_format::yaml})
        if (text == print_value(each))
            return each;
    return unusable();
}

std::string print_value(std::string const& value)
{
    return value;
}

std::string print_value(std::vector<std::string> const& names)
{
    std::string text;
    for (auto const& name : names)
        text.append(text.empty() ? "" : ",").append(name);
    return text;
}

std::string print_value(fs::path const& value)
{
    return value.string();
}

std::string print_value(bool value)
{
    return value ? "true" : "false";
}

std::string print_value(std::size_t value)
{
    return std::to_string(value);
}

std::string print_value(double value)
{
    std::array<char, 32> text;
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string print_value(milliseconds value)
{
    return tcr::to_text(value);
}

std::string print_value(log_level value)
{
    return std::string(to_text(value));
}

std::string print_value(log_format value)
{
    return std::string(to_text(value));
}

std::string print_value(output_format value)
{
    constexpr char const* words[] = {"table", "json", "yaml"};
    return words[static_cast<std::size_t>(value)];
}

range<std::string> const bind_address{
    "is no address; write ADDRESS:PORT, :PORT for every address, or 0 for no such server",
    [](std::string const& text) { return net::parse_bind_address(text).has_value(); }};

range<std::string> const namespace_name{
    "is no name of a namespace; write small letters, digits and dashes, at most 63",
    [](std::string const& name) { return name.empty() || kube::is_label_name(name); }};

range<bool> const yes_or_no{"is neither true nor false; write one of them"};

range<milliseconds> const above_zero{
    "is too short; write more than 0s", [](milliseconds const& time) { return time.count() > 0; }};

range<fs::path> const given_path{
    "is no path; write the path of a file", [](fs::path const& file) { return !file.empty(); }};

range<log_level> const level_word{"is none of debug, info, warning, error; write one of them"};
range<log_format> const format_word{"is none of text, json; write one of them"};
range<output_format> const output_word{"is none of table, json, yaml; write one of them"};

}  // namespace tcr::app
