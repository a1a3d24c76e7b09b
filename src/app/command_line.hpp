// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parses the words after a command's name into the command's options, and makes the text of --help.

#include "option.hpp"
#include <tcr/app/options.hpp>
#include <tcr/util/error.hpp>

#include <boost/program_options.hpp>

#include <map>
#include <string>
#include <vector>

namespace tcr::app
{

/// Parses flags. Words that are neither flags nor values of flags set the options in `positional`; without
/// such options, they are invalid. Abbreviated flags are invalid. Throws `boost::program_options::error` for
/// invalid words.
boost::program_options::variables_map read_words(
    std::vector<std::string> const& words,
    boost::program_options::options_description const& described,
    boost::program_options::positional_options_description const& positional = {}
);

/// The text of --help: `usage`, then the flags.
std::string help_text(
    boost::program_options::options_description const& described, std::string const& usage = {}
);

/// The text of `COMMAND --help`, with the current values of `options` as defaults.
std::string help_text(
    std::string const& command, std::vector<option> const& options, std::string const& usage = {}
);

/// An option's value as text, and the flag or line that sets it.
struct setting
{
    std::string text;
    std::string where;
};

/// The values of options. The key is the option's name.
using settings = std::map<std::string, setting>;

/// Returns the options that the words set, and "help" if the words contain --help.
/// \par Errors `kube::errc::bad_config`, with a message for the user.
result<settings> read_flags(std::vector<std::string> const& words, std::vector<option> const& options);

/// Sets the options in `given`. \par Errors `kube::errc::bad_config`; the message names the flag or the line.
result<void> apply_settings(settings const& given, std::vector<option> const& options);

/// Parses a command that has only flags. With --help no other option is applied.
/// \par Errors `kube::errc::bad_config`; the message names the wrong flag or reports an unexpected word.
template <class Command>
result<Command> parse_flags(
    std::vector<std::string> const& words, std::vector<option> (*options_of)(Command& command)
)
{
    Command command;
    auto const options = options_of(command);
    auto const flags = read_flags(words, options);
    if (!flags)
        return flags.error();
    command.help = flags->contains("help");
    if (!command.help)
        if (auto const applied = apply_settings(*flags, options); !applied)
            return applied.error();
    return command;
}

/// What the reference page shows about --help and `options`, in the order of the help. `in_file` is always
/// false: a command with a configuration file must set `in_file` itself.
std::vector<option_facts> facts_of(std::vector<option> const& options);

}  // namespace tcr::app
