#pragma once

#include "option_table.hpp"
#include <tcr/app/output.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/util/error.hpp>
#include <tcr/util/strings.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// Parts of every command's table of options: values from text and back, and the option that holds one.
namespace tcr::app
{

/// Parses a value. \par Errors `kube::errc::bad_config`; without text if `range::wanted` says what to write.
template <class T>
result<T> parse_value(std::string const& text);

template <>
result<std::string> parse_value(std::string const& text);
template <>
result<std::filesystem::path> parse_value(std::string const& text);
template <>
result<std::vector<std::string>> parse_value(std::string const& text);
template <>
result<bool> parse_value(std::string const& text);
template <>
result<std::size_t> parse_value(std::string const& text);
template <>
result<double> parse_value(std::string const& text);
template <>
result<std::chrono::milliseconds> parse_value(std::string const& text);
template <>
result<std::chrono::seconds> parse_value(std::string const& text);
template <>
result<log_level> parse_value(std::string const& text);
template <>
result<log_format> parse_value(std::string const& text);
template <>
result<output_format> parse_value(std::string const& text);

/// The shortest text that `parse_value` reads back as the same value.
std::string print_value(std::string const& value);
std::string print_value(std::vector<std::string> const& names);
std::string print_value(std::filesystem::path const& value);
std::string print_value(bool value);
std::string print_value(std::size_t value);
std::string print_value(double value);
std::string print_value(std::chrono::milliseconds value);
std::string print_value(log_level value);
std::string print_value(log_format value);
std::string print_value(output_format value);

/// The values that an option accepts: `wanted` describes them, `holds` checks one.
template <class T>
struct range
{
    std::string wanted;
    bool (*holds)(T const&) = [](T const&) { return true; };
};

/// The address on which a server listens; "0": none.
extern range<std::string> const bind_address;

/// The name of a namespace; empty: not given.
extern range<std::string> const namespace_name;

extern range<bool> const yes_or_no;
extern range<std::chrono::milliseconds> const above_zero;
extern range<std::filesystem::path> const given_path;
extern range<log_level> const level_word;
extern range<log_format> const format_word;
extern range<output_format> const output_word;

/// The type of the command's member that `Field`, a function, returns.
template <class Field, class Command>
using field_type = std::remove_cvref_t<std::invoke_result_t<Field, Command&>>;

/// Makes an option that fills `field` of a command.
template <class Command, class Field, class T = field_type<Field, Command>>
basic_option<Command> make_option(
    std::string name,
    std::string value_name,
    std::string help,
    effect counts,
    Field field,
    std::type_identity_t<range<T>> allowed = {}
)
{
    auto read = [field, allowed](Command& command, std::string const& text) -> std::string
    {
        auto const quoted = "'" + printable(text, 80) + "' ";
        auto const value = parse_value<T>(text);
        if (!value && !value.error().detail.empty())
            return quoted + value.error().detail;
        if (!value || !allowed.holds(*value))
            return quoted + allowed.wanted;
        field(command) = *value;
        return {};
    };
    auto print_it = [field](Command const& command) { return print_value(field(command)); };
    return {std::move(name), std::move(value_name), std::move(help), counts, print_it, read};
}

}  // namespace tcr::app
