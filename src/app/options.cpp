#include "config_file.hpp"
#include "option_reading.hpp"
#include "option_table.hpp"
#include <tcr/app/options.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/util/duration.hpp>
#include <tcr/util/small_file.hpp>

#include <boost/program_options.hpp>

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

/// A configuration file cannot name another one.
bool is_in_file(option const& each)
{
    return each.name != "config";
}

po::options_description describe()
{
    return describe_options("Options of tcr-assistant controller", options());
}

std::vector<std::string> names_of(bool (*which)(option const&))
{
    std::vector<std::string> names;
    for (auto const& each : options())
        if (which(each))
            names.push_back(each.name);
    return names;
}

/// The options that the file sets.
result<settings> read_file(fs::path const& file)
{
    auto const name = "config " + file.string();
    auto const text = read_small_file(file, name);
    if (!text)
        return usage(text.error().detail);
    auto const parsed = parse_config_file(name, *text, names_of(is_in_file));
    if (!parsed)
        return parsed.error();
    settings given;
    for (auto const& each : *parsed)
        given[each.key] = {each.value, each.where};
    return given;
}

/// Where a bad pair of options was set: `one`, or else `other`.
std::string where_either(settings const& given, std::string const& one, std::string const& other)
{
    auto const it = given.contains(one) ? given.find(one) : given.find(other);
    return it == given.end() ? "--" + one : it->second.where;
}

/// Why the times of leader election are invalid; empty if they are not. As client-go's NewLeaderElector.
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
    auto flags = read_flags(words, describe(), options(), command.help);
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
    // Also check values of the file that a flag overrides: the next start may lack the flag.
    if (auto const why = take(given, options(), command); !why.empty())
        return usage(why);
    if (auto const why = take(*flags, options(), command); !why.empty())
        return usage(why);
    flags->merge(given);
    if (auto const why = election_problem(command.leader_election, *flags); !why.empty())
        return usage(why);
    return command;
}

std::string controller_help()
{
    return help_text(describe());
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
