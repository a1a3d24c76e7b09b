#include "common_options.hpp"
#include "option_reading.hpp"
#include "run_once.hpp"
#include <tcr/app/explain_command.hpp>
#include <tcr/commands/cluster_reading.hpp>
#include <tcr/commands/explain.hpp>

#include <iostream>
#include <utility>

namespace tcr::app
{
namespace
{

using explain_option = basic_option<explain_command>;

template <class Field>
explain_option make(std::string name, std::string letter, std::string help, Field field)
{
    auto made =
        make_option<explain_command>(std::move(name), "NAME", std::move(help), effect::on_restart, field);
    made.letter = std::move(letter);
    return made;
}

std::vector<explain_option> make_options()
{
    std::vector<explain_option> table{
        make(
            "namespace", "n", "the pod's namespace", [](auto& c) -> auto& { return c.ns; }
        ),
        make(
            "pod", "p", "a pod that is there", [](auto& c) -> auto& { return c.pod; }
        ),
        make(
            "serviceaccount",
            "s",
            "of a pod that may come; default the pod's, else `default`",
            [](auto& c) -> auto& { return c.account; }
        ),
    };
    add_cluster_options(table);
    add_log_options(table);
    return table;
}

std::vector<explain_option> const& table()
{
    static std::vector<explain_option> const options = make_options();
    return options;
}

boost::program_options::options_description describe()
{
    return describe_options("Options of tcr-assistant explain", table());
}

std::string_view mark_of(commands::remark::kind what)
{
    using kind = commands::remark::kind;
    switch (what)
    {
        case kind::good:
            return "[ok]      ";
        case kind::fact:
            return "[info]    ";
        case kind::problem:
            return "[problem] ";
        case kind::advice:
            return "          ";
    }
    return {};
}

task<int> explain(explain_command const& command, kube::client& client, logger& log)
{
    controller::catalog crs;
    auto const read = co_await commands::read_image_pull_secrets(client, crs);
    if (!read)
    {
        log.error("cannot explain", {{"why", read.error().message()}});
        co_return 1;
    }
    std::vector<std::string> wanted;
    for (auto const& [name, entry] : crs)
        wanted.push_back(entry.secret.name);
    auto const facts = co_await commands::read_namespace(client, command.ns, command.pod, wanted);
    if (!facts)
    {
        log.error("cannot explain", {{"why", facts.error().message()}});
        co_return 1;
    }
    if (!command.pod.empty() && facts->exists && !facts->pod)
    {
        log.error("there is no such pod", {{"pod", command.ns + "/" + command.pod}});
        co_return 1;
    }
    auto const account = command.account.empty() ? std::string("default") : command.account;
    auto const remarks = commands::explain(crs, *facts, account);
    for (auto const& each : remarks)
        std::cout << mark_of(each.what) << each.text << "\n";
    co_return commands::has_problem(remarks) ? 1 : 0;
}

}  // namespace

result<explain_command> parse_explain(std::vector<std::string> const& words)
{
    auto command = parse_flags(words, describe(), table());
    if (!command || command->help)
        return command;
    if (command->ns.empty())
        return error(kube::errc::bad_config, "no namespace is given; write -n NAME");
    if (!command->pod.empty() && !command->account.empty())
        return error(
            kube::errc::bad_config, "a pod has its own service account; write --pod or --serviceaccount"
        );
    return command;
}

std::string explain_help()
{
    return help_text(
        describe(),
        "usage: tcr-assistant explain -n NAMESPACE [-p POD | -s SERVICEACCOUNT]\n\n"
        "Tells why a pod can or cannot pull, and what to do about it. Exit status: 0 nothing is in the "
        "way,\n"
        "1 something is.\n\n"
    );
}

std::vector<option_facts> explain_options()
{
    return facts_of(table());
}

int run_explain(explain_command const& command)
{
    logger log(stderr, command.level, command.format);
    once work = [&](kube::client& client) { return explain(command, client, log); };
    return run_once(command.cluster, log, std::move(work));
}

}  // namespace tcr::app
