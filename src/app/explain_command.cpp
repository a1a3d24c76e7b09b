#include "common_options.hpp"
#include "explain_report.hpp"
#include "option_reading.hpp"
#include "run_once.hpp"
#include "user_kubeconfig.hpp"
#include <tcr/app/explain_command.hpp>
#include <tcr/commands/cluster_reading.hpp>
#include <tcr/commands/explain.hpp>

#include <iostream>
#include <utility>

namespace tcr::app
{
namespace
{

using commands::finding;
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
            "namespace",
            "n",
            "the namespace; default that of the kubeconfig's context, else `default`",
            [](auto& c) -> auto& { return c.ns; }
        ),
        make_option<explain_command>(
            "all-namespaces",
            "BOOL",
            "check all namespaces",
            effect::on_restart,
            [](auto& c) -> auto& { return c.all_namespaces; },
            yes_or_no
        ),
        make(
            "pod", "p", "an existing pod", [](auto& c) -> auto& { return c.pod; }
        ),
        make(
            "serviceaccount",
            "s",
            "an account, for pods that do not exist yet; default the pod's, else `default`",
            [](auto& c) -> auto& { return c.account; }
        ),
    };
    table[1].letter = "A";
    add_output_option(table);
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
    return describe_options("Options", table());
}

task<result<std::vector<finding>>> find(
    explain_command const& command, std::string const& ns, kube::client& client
)
{
    controller::catalog catalog;
    auto read = co_await commands::read_image_pull_secrets(client, catalog);
    if (!read && read.error().code == kube::errc::unknown_resource)
        co_return std::vector<finding>(1, commands::missing_crd());
    if (!read)
        co_return read.error();
    if (command.all_namespaces)
    {
        runtime::cluster_store store;
        read = co_await commands::read_cluster(client, store);
        if (!read)
            co_return read.error();
        co_return commands::explain_cluster(catalog, store);
    }
    std::vector<std::string> secret_names;
    for (auto const& [name, entry] : catalog)
        secret_names.push_back(entry.secret.name);
    auto const facts = co_await commands::read_namespace(client, ns, command.pod, secret_names);
    if (!facts)
        co_return facts.error();
    auto const account = command.account.empty() ? std::string("default") : command.account;
    co_return commands::explain(catalog, *facts, account, command.pod);
}

task<int> explain(explain_command const& command, kube::client& client, logger& log)
{
    auto const ns = explained_namespace(command, client.config());
    auto const findings = co_await find(command, ns, client);
    if (!findings)
    {
        log.error("cannot read what explain needs", {{"error", findings.error().message()}});
        co_return 1;
    }
    std::cout << explain_report(command, ns, *findings);
    co_return commands::has_problem(*findings) ? 1 : 0;
}

}  // namespace

result<explain_command> parse_explain(std::vector<std::string> const& words)
{
    auto command = parse_flags(words, describe(), table());
    if (!command || command->help)
        return command;
    if (command->all_namespaces && !(command->pod.empty() && command->account.empty()))
        return error(
            kube::errc::bad_config, "--all-namespaces excludes --pod and --serviceaccount; give -n instead"
        );
    if (!command->pod.empty() && !command->account.empty())
        return error(
            kube::errc::bad_config, "--pod and --serviceaccount exclude each other; a pod names its account"
        );
    return command;
}

std::string explain_help(std::string const& program)
{
    return help_text(
        describe(),
        "usage: " + program +
            " explain [-n NAMESPACE] [-p POD | -s SERVICEACCOUNT]\n"
            "       " +
            program +
            " explain -A\n\n"
            "Explains why pods can or cannot pull their images, and what to do about it: one pod, or an\n"
            "account and the pods of its namespace that cannot pull, or what all namespaces lack. Exit\n"
            "status: 0 no problem, 1 a problem.\n\n"
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
    return run_once(user_kubeconfig(command.cluster), log, std::move(work));
}

}  // namespace tcr::app
