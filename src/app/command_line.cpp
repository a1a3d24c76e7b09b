// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include "config_file.hpp"
#include <tcr/kube/errc.hpp>

#include <sstream>

namespace tcr::app
{

namespace po = boost::program_options;

namespace
{

/// Describes `options` as flags, with their current values as defaults, and adds --help.
po::options_description flags_of(std::string const& title, std::vector<option> const& options)
{
    po::options_description described(title, 110, 55);
    auto add = described.add_options();
    add("help,h", "print this and exit");
    for (auto const& each : options)
    {
        auto* value = po::value<std::string>()->value_name(each.value_name);
        if (auto const text = each.print(); !text.empty())
            value->default_value(text);
        // A flag without a value means true.
        if (each.value_name == "BOOL")
            value->implicit_value("true");
        add(each.flags.c_str(), value, each.help.c_str());
    }
    return described;
}

/// The message about an unknown flag.
std::string unknown_flag(po::unknown_option const& failure, std::vector<option> const& options)
{
    std::vector<std::string> names;
    for (auto const& each : options)
        names.push_back(each.name);
    // get_option_name() also contains the value after the equals sign.
    auto const given = failure.get_option_name();
    auto const meant = nearest_name(given.substr(0, given.find('=')), names);
    return failure.what() + (meant.empty() ? std::string() : "; did you mean --" + meant + "?");
}

}  // namespace

po::variables_map read_words(
    std::vector<std::string> const& words,
    po::options_description const& described,
    po::positional_options_description const& positional
)
{
    auto const style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    auto const parsed =
        po::command_line_parser(words).options(described).positional(positional).style(style).run();
    po::variables_map values;
    po::store(parsed, values);
    return values;
}

std::string help_text(po::options_description const& described, std::string const& usage)
{
    std::ostringstream text;
    text << usage << described;
    return text.str();
}

std::string help_text(
    std::string const& command, std::vector<option> const& options, std::string const& usage
)
{
    return help_text(flags_of("Options of " + command, options), usage);
}

result<settings> read_flags(std::vector<std::string> const& words, std::vector<option> const& options)
{
    po::variables_map values;
    try
    {
        values = read_words(words, flags_of({}, options));
    }
    catch (po::unknown_option const& failure)
    {
        return error(kube::errc::bad_config, unknown_flag(failure, options));
    }
    catch (po::error const& failure)
    {
        return error(kube::errc::bad_config, failure.what());
    }
    settings given;
    if (values.count("help") > 0)
        given["help"] = {};
    for (auto const& each : options)
        if (auto const& value = values[each.name]; !value.empty() && !value.defaulted())
            given[each.name] = {value.as<std::string>(), "--" + each.name};
    return given;
}

result<void> apply_settings(settings const& given, std::vector<option> const& options)
{
    for (auto const& each : options)
        if (auto const it = given.find(each.name); it != given.end())
            if (auto const why = each.set(it->second.text); !why.empty())
                return error(kube::errc::bad_config, it->second.where + ": " + why);
    return {};
}

std::vector<option_facts> facts_of(std::vector<option> const& options)
{
    std::vector<option_facts> facts{{"help", "", false, false, "h"}};
    for (auto const& each : options)
    {
        auto const letter =
            each.flags.size() > each.name.size() ? each.flags.substr(each.flags.size() - 1) : "";
        facts.push_back({each.name, each.print(), false, each.is_reloadable, letter, each.value_name});
    }
    return facts;
}

}  // namespace tcr::app
