#pragma once

#include "command_line.hpp"
#include "config_file.hpp"
#include "option_table.hpp"
#include <tcr/kube/errc.hpp>
#include <tcr/util/error.hpp>

#include <boost/program_options.hpp>

#include <map>
#include <string>
#include <vector>

// Parses the words of any command by its table of options.
namespace tcr::app
{

/// The text of an option's value, and where it was given.
struct setting
{
    std::string text;
    std::string where;
};

/// Key: the option's name.
using settings = std::map<std::string, setting>;

/// Describes the options as flags, with their defaults, and --help.
template <class Command>
boost::program_options::options_description describe_options(
    std::string const& title, std::vector<basic_option<Command>> const& table
)
{
    namespace po = boost::program_options;
    Command const standard;
    po::options_description described(title, 110, 55);
    auto add = described.add_options();
    add("help", "print this and exit");
    for (auto const& each : table)
    {
        auto* value = po::value<std::string>()->value_name(each.value_name);
        if (auto const text = each.print(standard); !text.empty())
            value->default_value(text);
        // A flag without a value means true.
        if (each.value_name == "BOOL")
            value->implicit_value("true");
        auto const names = each.letter.empty() ? each.name : each.name + "," + each.letter;
        add(names.c_str(), value, each.help.c_str());
    }
    return described;
}

/// The message for a flag that does not exist.
std::string unknown_flag(
    boost::program_options::unknown_option const& failure, std::vector<std::string> const& names
);

/// The options that the words set. `asks_help`: set to whether --help is among them.
/// \par Errors `kube::errc::bad_config`; a message for the user.
template <class Command>
result<settings> read_flags(
    std::vector<std::string> const& words,
    boost::program_options::options_description const& described,
    std::vector<basic_option<Command>> const& table,
    bool& asks_help
)
{
    boost::program_options::variables_map values;
    try
    {
        values = read_words(words, described);
    }
    catch (boost::program_options::unknown_option const& failure)
    {
        std::vector<std::string> names;
        for (auto const& each : table)
            names.push_back(each.name);
        return error(kube::errc::bad_config, unknown_flag(failure, names));
    }
    catch (boost::program_options::error const& failure)
    {
        return error(kube::errc::bad_config, failure.what());
    }
    asks_help = values.count("help") > 0;
    settings given;
    for (auto const& each : table)
    {
        std::string const& name = each.name;
        boost::program_options::variables_map::const_iterator const value = values.find(name);
        if (value == values.end() || value->second.defaulted())
            continue;
        given[name] = setting{value->second.as<std::string>(), "--" + name};
    }
    return given;
}

/// Sets the given options. \return the first problem; empty if there is none.
template <class Command>
std::string take(settings const& given, std::vector<basic_option<Command>> const& table, Command& command)
{
    for (auto const& each : table)
    {
        auto const it = given.find(each.name);
        if (it == given.end())
            continue;
        if (auto const why = each.take(command, it->second.text); !why.empty())
            return it->second.where + ": " + why;
    }
    return {};
}

/// Parses a command that has only flags. With --help no other option is applied.
/// \par Errors `kube::errc::bad_config`; the message names the flag.
template <class Command>
result<Command> parse_flags(
    std::vector<std::string> const& words,
    boost::program_options::options_description const& described,
    std::vector<basic_option<Command>> const& table
)
{
    Command command;
    auto const flags = read_flags(words, described, table, command.help);
    if (!flags)
        return flags.error();
    if (command.help)
        return command;
    if (auto const why = take(*flags, table, command); !why.empty())
        return error(kube::errc::bad_config, why);
    return command;
}

/// The options of a command that reads no file, in the order of the help.
template <class Command>
std::vector<option_facts> facts_of(std::vector<basic_option<Command>> const& table)
{
    Command const standard;
    std::vector<option_facts> facts{{"help", "", false, false}};
    for (auto const& each : table)
        facts.push_back({each.name, each.print(standard), false, false, each.letter, each.value_name});
    return facts;
}

}  // namespace tcr::app
