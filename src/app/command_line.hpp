#pragma once

// Parses the words of a command by its options, and prints its help.

#include "option.hpp"
#include <tcr/app/options.hpp>
#include <tcr/util/error.hpp>

#include <boost/program_options.hpp>

#include <map>
#include <string>
#include <vector>

namespace tcr::app
{

/// Parses flags. Words without a flag fill the options of `positional`. Throws
/// `boost::program_options::error`, also for abbreviated flags and, by default, for words without a flag.
boost::program_options::variables_map read_words(
    std::vector<std::string> const& words,
    boost::program_options::options_description const& described,
    boost::program_options::positional_options_description const& positional = {}
);

/// The text of --help: `usage` if given, then the flags.
std::string help_text(
    boost::program_options::options_description const& described, std::string const& usage = {}
);

/// The text of `COMMAND --help`, with the present values of `options` as defaults.
std::string help_text(
    std::string const& command, std::vector<option> const& options, std::string const& usage = {}
);

/// The text of an option's value, and where it was given.
struct setting
{
    std::string text;
    std::string where;
};

/// Key: the option's name.
using settings = std::map<std::string, setting>;

/// The options that the words set, and "help" if --help is among them.
/// \par Errors `kube::errc::bad_config`; a message for the user.
result<settings> read_flags(std::vector<std::string> const& words, std::vector<option> const& options);

/// Sets the given options. \par Errors `kube::errc::bad_config`; the message names the place.
result<void> apply_settings(settings const& given, std::vector<option> const& options);

/// Parses a command that has only flags. With --help no other option is applied.
/// \par Errors `kube::errc::bad_config`; the message names the flag.
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

/// What the reference page shows of the options of a command that reads no file, in the order of the help.
std::vector<option_facts> facts_of(std::vector<option> const& options);

}  // namespace tcr::app
