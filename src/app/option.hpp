// SPDX-License-Identifier: Apache-2.0
#pragma once

// Options of commands: the type of an option, and the options that several commands share.

#include <tcr/app/output.hpp>
#include <tcr/kube/config.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/util/duration.hpp>
#include <tcr/util/error.hpp>
#include <tcr/util/strings.hpp>

#include <boost/algorithm/string/join.hpp>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tcr::app
{

/// Parses a value. \par Errors `kube::errc::bad_config`; for a malformed duration, invalid_argument. The text
/// of the error is a predicate, such as "is not in whole seconds; …". An empty text means that the message
/// to the user is `value_range::expected`.
result<void> parse_value(std::string const& text, std::string& value);
result<void> parse_value(std::string const& text, std::filesystem::path& value);
result<void> parse_value(std::string const& text, std::vector<std::string>& value);
result<void> parse_value(std::string const& text, bool& value);
result<void> parse_value(std::string const& text, std::size_t& value);
result<void> parse_value(std::string const& text, double& value);
result<void> parse_value(std::string const& text, std::chrono::milliseconds& value);
result<void> parse_value(std::string const& text, std::chrono::seconds& value);
result<void> parse_value(std::string const& text, log_level& value);
result<void> parse_value(std::string const& text, log_format& value);
result<void> parse_value(std::string const& text, output_format& value);

/// A text from which `parse_value` parses the same value.
template <class T>
std::string print_value(T const& value)
{
    if constexpr (std::is_convertible_v<T, std::string>)
        return value;
    else if constexpr (std::is_same_v<T, std::vector<std::string>>)
        return boost::algorithm::join(value, ",");
    else if constexpr (std::is_same_v<T, bool>)
        return value ? "true" : "false";
    else if constexpr (std::is_arithmetic_v<T>)
    {
        char digits[32];
        return {digits, std::to_chars(std::begin(digits), std::end(digits), value).ptr};
    }
    else if constexpr (std::is_same_v<T, output_format>)
        return std::string(name_of(value));
    else
        return std::string(to_text(value));
}

/// The values that an option accepts. `accepts` checks a value. `expected` is the message about a refused
/// value. It is a predicate, such as "is too short; write at least 1m".
template <class T>
struct value_range
{
    std::string expected;
    bool (*accepts)(T const&) = [](T const&) { return true; };
};

/// The range of an address on which a server listens. "0" turns the server off.
extern value_range<std::string> const bind_address;

/// The range of a namespace's name. The empty text means that the option is not set.
extern value_range<std::string> const namespace_name;

extern value_range<std::chrono::milliseconds> const above_zero;
extern value_range<std::filesystem::path> const nonempty_path;

/// When a changed value takes effect.
enum class effect
{
    on_restart,  ///< only after a restart of the process
    on_reload    ///< after a reload in a running controller
};

/// An option of a command. `set` and `print` access the member of the command to which the option is bound.
/// Flags, configuration file, help, reference page and reload all use these objects.
/// \par Lifetimes The command must outlive the option.
struct option
{
    /// `flag_names` is the long name, or "NAME,LETTER" if the option has a short name.
    template <class T>
    option(
        std::string flag_names,
        std::string name_of_value,
        std::string explanation,
        T& field,
        std::type_identity_t<value_range<T>> range = {},
        effect change = effect::on_restart
    )
        : name(flag_names.substr(0, flag_names.find(','))),
          flags(std::move(flag_names)),
          value_name(std::move(name_of_value)),
          help(std::move(explanation)),
          is_reloadable(change == effect::on_reload),
          print([&field] { return print_value(field); })
    {
        set = [&field, allowed = std::move(range)](std::string const& text) -> std::string
        {
            T value{};
            auto const parsed = parse_value(text, value);
            if (parsed && allowed.accepts(value))
            {
                field = std::move(value);
                return {};
            }
            bool const is_explained = !parsed && !parsed.error().detail.empty();
            return in_quotes(text, '\'') + " " + (is_explained ? parsed.error().detail : allowed.expected);
        };
    }

    std::string name;  ///< long name without leading dashes; also the key in a configuration file
    std::string flags;
    std::string value_name;
    std::string help;
    bool is_reloadable;
    std::function<std::string()> print;

    /// Parses a text and sets the member. \return the problem with the text; empty if there is none.
    std::function<std::string(std::string const& text)> set;
};

/// Adds the options for access to the cluster.
void add_cluster_options(std::vector<option>& options, kube::config_source& cluster);

/// Adds the same options as `add_cluster_options`, for a command that users run. Such a command also uses
/// ~/.kube/config, see `user_kubeconfig`.
void add_user_cluster_options(std::vector<option>& options, kube::config_source& cluster);

/// Adds the option for the namespace of our own objects. `owner` names these objects in the help, as in
/// "namespace of the ConfigMap".
void add_namespace_option(std::vector<option>& options, std::string const& owner, std::string& ns);

/// Adds the option for the output format.
void add_output_option(std::vector<option>& options, output_format& output);

/// Adds the options for the addresses on which a long-running process serves its pages.
void add_page_options(
    std::vector<option>& options, std::string& metrics_address, std::string& health_address
);

/// Adds the options for the log. `change`: when a changed value of these options takes effect.
void add_log_options(
    std::vector<option>& options, log_level& level, log_format& format, effect change = effect::on_restart
);

}  // namespace tcr::app
