#include "command_line.hpp"
#include "option_table.hpp"
#include <tcr/app/config_file.hpp>
#include <tcr/app/options.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/kube/small_file.hpp>
#include <tcr/util/duration.hpp>

#include <boost/program_options.hpp>

#include <map>
#include <sstream>

namespace tcr::app
{
namespace
{

namespace po = boost::program_options;
namespace fs = std::filesystem;

error usage(std::string text)
{
    return error(kube::errc::bad_config, std::move(text));
}

/// A file names no other file.
bool is_in_file(option const& each)
{
    return each.name != "config";
}

/// A text that an option was given, and where.
struct setting
{
    std::string text;
    std::string where;
};

/// By the option's name.
using settings = std::map<std::string, setting>;

po::options_description describe()
{
    controller_command const standard;
    po::options_description described("Options of tcr-assistant controller", 110, 55);
    auto add = described.add_options();
    add("help", "print this and exit");
    for (auto const& each : options())
    {
        auto* value = po::value<std::string>()->value_name(each.value_name);
        if (auto const text = each.print(standard); !text.empty())
            value->default_value(text);
        // A flag that stands alone says yes.
        if (each.value_name == "BOOL")
            value->implicit_value("true");
        add(each.name.c_str(), value, each.help.c_str());
    }
    return described;
}

std::vector<std::string> names_of(bool (*which)(option const&))
{
    std::vector<std::string> names;
    for (auto const& each : options())
        if (which(each))
            names.push_back(each.name);
    return names;
}

/// The sentence for a flag that does not exist.
std::string unknown_flag(po::unknown_option const& failure)
{
    auto const names = names_of([](option const&) { return true; });
    // The name comes with the value behind its equals sign.
    auto const given = failure.get_option_name();
    auto const meant = nearest_name(given.substr(0, given.find('=')), names);
    return failure.what() + (meant.empty() ? std::string() : "; did you mean --" + meant + "?");
}

/// What the words set. `asks_help`: --help is among them.
result<settings> read_flags(std::vector<std::string> const& words, bool& asks_help)
{
    po::variables_map values;
    try
    {
        values = read_words(words, describe());
    }
    catch (po::unknown_option const& failure)
    {
        return usage(unknown_flag(failure));
    }
    catch (po::error const& failure)
    {
        return usage(failure.what());
    }
    asks_help = values.count("help") > 0;
    settings given;
    for (auto const& each : options())
        if (auto const found_value = values.find(each.name);
            found_value != values.end() && !found_value->second.defaulted())
            given[each.name] = {found_value->second.as<std::string>(), "--" + each.name};
    return given;
}

/// What the file sets.
result<settings> read_file(fs::path const& file)
{
    auto const name = "config " + file.string();
    auto const text = kube::read_small_file(file, name);
    if (!text)
        return text.error();
    auto const parsed = parse_config_file(name, *text, names_of(is_in_file));
    if (!parsed)
        return parsed.error();
    settings given;
    for (auto const& each : *parsed)
        given[each.key] = {each.value, each.where};
    return given;
}

/// Sets the options that were given. \return the first problem, or nothing.
std::string take(settings const& given, controller_command& command)
{
    for (auto const& each : options())
    {
        auto const it = given.find(each.name);
        if (it == given.end())
            continue;
        if (auto const why = each.take(command, it->second.text); !why.empty())
            return it->second.where + ": " + why;
    }
    return {};
}

/// Where a bad pair was given: the first of the two that somebody set.
std::string where_either(settings const& given, std::string const& one, std::string const& other)
{
    auto const it = given.contains(one) ? given.find(one) : given.find(other);
    return it == given.end() ? "--" + one : it->second.where;
}

/// What keeps the times of leader election from working, or nothing: client-go's NewLeaderElector.
std::string election_problem(runtime::leader_election_options const& times, settings const& given)
{
    auto const lease = "the lease's duration (" + tcr::to_text(times.lease_duration) + ")";
    auto const renew = "the renew deadline (" + tcr::to_text(times.renew_deadline) + ")";
    auto const retry = "1.2 times the retry period (" + tcr::to_text(times.retry_period) + ")";
    if (times.renew_deadline >= times.lease_duration)
        return where_either(given, "leader-elect-renew-deadline", "leader-elect-lease-duration") + ": " +
               renew + " must be shorter than " + lease + "; change one of them";
    if (times.retry_period * 6 >= times.renew_deadline * 5)
        return where_either(given, "leader-elect-retry-period", "leader-elect-renew-deadline") + ": " +
               retry + " must be shorter than " + renew + "; change one of them";
    return {};
}

}  // namespace

result<controller_command> parse_controller(std::vector<std::string> const& words)
{
    controller_command command;
    auto flags = read_flags(words, command.help);
    if (!flags)
        return flags.error();
    if (command.help)
        return command;
    settings given;
    if (auto const config = flags->find("config"); config != flags->end() && !config->second.text.empty())
    {
        auto file = read_file(config->second.text);
        if (!file)
            return file.error();
        given = std::move(*file);
    }
    // What a flag hides in the file is checked too: the next start may be without the flag.
    if (auto const why = take(given, command); !why.empty())
        return usage(why);
    if (auto const why = take(*flags, command); !why.empty())
        return usage(why);
    flags->merge(given);
    if (auto const why = election_problem(command.leader_election, *flags); !why.empty())
        return usage(why);
    return command;
}

std::string controller_help()
{
    std::ostringstream text;
    text << describe();
    return text.str();
}

std::vector<option_facts> controller_options()
{
    controller_command const standard;
    std::vector<option_facts> facts{{"help", "", false, false}};
    for (auto const& each : options())
        facts.push_back({each.name, each.print(standard), is_in_file(each), each.counts == effect::at_once});
    return facts;
}

std::vector<option_change> changes(controller_command const& before, controller_command const& after)
{
    std::vector<option_change> found_changes;
    for (auto const& each : options())
    {
        auto const old_text = each.print(before);
        auto const new_text = each.print(after);
        if (old_text != new_text)
            found_changes.push_back({each.name, old_text, new_text, each.counts == effect::at_once});
    }
    return found_changes;
}

result<std::vector<option_change>> reloadable_config::reload()
{
    auto const wanted = parse_controller(words_);
    if (!wanted)
        return wanted.error();
    auto differences = changes(current_, *wanted);
    for (auto const& each : options())
        if (each.counts == effect::at_once)
            each.take(current_, each.print(*wanted));
    return differences;
}

}  // namespace tcr::app
