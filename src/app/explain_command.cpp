#include "command_line.hpp"
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

std::vector<option> options_of(explain_command& command)
{
    std::vector<option> options{
        {"namespace,n", "NAME", "the pod's namespace", command.ns},
        {"pod,p", "NAME", "an existing pod", command.pod},
        {"serviceaccount,s",
         "NAME",
         "an account, for pods that do not exist yet; default the pod's, else `default`",
         command.account}};
    add_cluster_options(options, command.cluster);
    add_log_options(options, command.level, command.format);
    return options;
}

std::string_view mark_of(commands::finding::kind what)
{
    using kind = commands::finding::kind;
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
    controller::catalog catalog;
    auto const read = co_await commands::read_image_pull_secrets(client, catalog);
    if (!read)
    {
        log.error("cannot read the ImagePullSecrets", {{"error", read.error().message()}});
        co_return 1;
    }
    std::vector<std::string> secret_names;
    for (auto const& [name, entry] : catalog)
        secret_names.push_back(entry.secret.name);
    auto const facts = co_await commands::read_namespace(client, command.ns, command.pod, secret_names);
    if (!facts)
    {
        log.error("cannot read the namespace", {{"error", facts.error().message()}});
        co_return 1;
    }
    if (!command.pod.empty() && facts->exists && !facts->pod)
    {
        log.error("the pod does not exist", {{"pod", command.ns + "/" + command.pod}});
        co_return 1;
    }
    auto const account = command.account.empty() ? std::string("default") : command.account;
    auto const findings = commands::explain(catalog, *facts, account);
    for (auto const& each : findings)
        std::cout << mark_of(each.what) << each.text << "\n";
    co_return commands::has_problem(findings) ? 1 : 0;
}

}  // namespace

result<explain_command> parse_explain(std::vector<std::string> const& words)
{
    auto command = parse_flags<explain_command>(words, options_of);
    if (!command || command->help)
        return command;
    if (command->ns.empty())
        return error(kube::errc::bad_config, "the namespace is missing; write -n NAME");
    if (!command->pod.empty() && !command->account.empty())
        return error(
            kube::errc::bad_config, "--pod and --serviceaccount exclude each other; a pod names its account"
        );
    return command;
}

std::string explain_help()
{
    explain_command defaults;
    return help_text(
        "explain",
        options_of(defaults),
        "usage: tcr-assistant explain -n NAMESPACE [-p POD | -s SERVICEACCOUNT]\n\n"
        "Explains why a pod can or cannot pull its images, and what to do about it. Exit status: 0 no\n"
        "problem, 1 a problem.\n\n"
    );
}

std::vector<option_facts> explain_options()
{
    explain_command defaults;
    return facts_of(options_of(defaults));
}

int run_explain(explain_command const& command)
{
    logger log(stderr, command.level, command.format);
    command_work work = [&](kube::client& client) { return explain(command, client, log); };
    return run_once(command.cluster, log, std::move(work));
}

}  // namespace tcr::app
