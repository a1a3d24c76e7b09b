// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"
#include "config_file.hpp"
#include "option_table.hpp"
#include <tcr/app/options.hpp>
#include <tcr/kube/errc.hpp>
#include <tcr/util/duration.hpp>
#include <tcr/util/small_file.hpp>

namespace tcr::app
{
namespace
{

/// Whether a configuration file may set the option. A file may not set `config`, so it cannot name another
/// file.
bool is_file_key(std::string const& option_name)
{
    return option_name != "help" && option_name != "config";
}

/// Reads the options that a configuration file sets.
result<settings> read_file(std::string const& file, std::vector<option> const& options)
{
    auto const name = "config " + file;
    auto const text = read_small_file(file, name);
    if (!text)
        return error(kube::errc::bad_config, text.error().detail);
    std::vector<std::string> keys;
    for (auto const& each : options)
        if (is_file_key(each.name))
            keys.push_back(each.name);
    auto const parsed = parse_config_file(name, *text, keys);
    if (!parsed)
        return parsed.error();
    settings given;
    for (auto const& each : *parsed)
        given[each.key] = {each.value, each.where};
    return given;
}

/// For an error about two options that contradict each other: the place to name in the message. Returns where
/// `one` was set; if it was not set, where `other` was set; if neither was set, "--" and `one`.
std::string where_either(settings const& given, std::string const& one, std::string const& other)
{
    auto const it = given.contains(one) ? given.find(one) : given.find(other);
    return it == given.end() ? "--" + one : it->second.where;
}

/// Why the times of the leader election are invalid; empty if they are valid. The rules are those of
/// client-go's NewLeaderElector.
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
    auto const options = options_of(command);
    auto flags = read_flags(words, options);
    if (!flags)
        return flags.error();
    command.help = flags->contains("help");
    if (command.help)
        return command;
    settings given;
    if (auto const config = flags->find("config"); config != flags->end() && !config->second.text.empty())
    {
        auto file = read_file(config->second.text, options);
        if (!file)
            return file.error();
        given = std::move(*file);
    }
    // Apply the file's values even if flags override them, so that invalid values are reported: the next
    // start may lack the flags.
    for (auto const* each : {&given, &*flags})
        if (auto const applied = apply_settings(*each, options); !applied)
            return applied.error();
    flags->merge(given);
    if (auto const why = election_problem(command.leader_election, *flags); !why.empty())
        return error(kube::errc::bad_config, why);
    return command;
}

std::string controller_help()
{
    controller_command defaults;
    return help_text("tcr-assistant controller", options_of(defaults));
}

std::vector<option_facts> controller_options()
{
    controller_command defaults;
    auto facts = facts_of(options_of(defaults));
    for (auto& each : facts)
        each.in_file = is_file_key(each.name);
    return facts;
}

std::vector<option_change> changes(controller_command before, controller_command after)
{
    std::vector<option_change> differences;
    auto const new_options = options_of(after);
    for (std::size_t i = 0; auto const& each : options_of(before))
    {
        auto const new_text = new_options[i++].print();
        if (auto const old_text = each.print(); old_text != new_text)
            differences.push_back({each.name, old_text, new_text, each.is_reloadable});
    }
    return differences;
}

result<std::vector<option_change>> reloadable_config::reload()
{
    auto const desired = parse_controller(words_);
    if (!desired)
        return desired.error();
    auto differences = changes(current_, *desired);
    settings reloaded;
    for (auto const& each : differences)
        if (each.reloadable)
            reloaded[each.name] = {each.after, "--" + each.name};
    static_cast<void>(apply_settings(reloaded, options_of(current_)));
    return differences;
}

}  // namespace tcr::app
