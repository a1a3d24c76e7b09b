// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"
#include "explain_report.hpp"
#include "own_namespace.hpp"
#include "run_once.hpp"
#include "user_kubeconfig.hpp"
#include <tcr/app/explain_command.hpp>
#include <tcr/commands/cluster_reading.hpp>
#include <tcr/commands/explain.hpp>

#include <cstdint>
#include <iostream>
#include <utility>

namespace tcr::app
{
namespace
{

using commands::finding;

/// The parameter `max_listed` of `commands::explain` for a table, so that the table fits a screen. JSON and
/// YAML list all ImagePullSecrets.
constexpr std::size_t max_listed = 3;

std::vector<option> options_of(explain_command& command)
{
    std::vector<option> options{
        {"namespace,n",
         "NAME",
         "the namespace; default that of the kubeconfig's context, else the pod's own, else `default`",
         command.ns},
        {"all-namespaces,A", "BOOL", "check all namespaces", command.all_namespaces},
        {"pod,p", "NAME", "an existing pod", command.pod},
        {"serviceaccount,s",
         "NAME",
         "an account, for pods that do not exist yet; default the pod's, else `default`",
         command.account}};
    add_output_option(options, command.output);
    add_user_cluster_options(options, command.cluster);
    add_log_options(options, command.level, command.format);
    return options;
}

task<result<std::vector<finding>>> find(
    explain_command const& command, std::string const& ns, kube::client& client
)
{
    controller::catalog catalog;
    auto read = co_await commands::read_image_pull_secrets(client, catalog);
    if (!read && read.error().code == kube::errc::unknown_resource)
        co_return std::vector<finding>(1, commands::missing_crd());
    // A developer usually has rights in some namespaces only. If the user may not list ImagePullSecrets,
    // continue without them, except with --all-namespaces.
    bool const is_refused = !read && read.error().code == kube::errc::forbidden && !command.all_namespaces;
    if (!read && !is_refused)
        co_return read.error();
    if (command.all_namespaces)
    {
        runtime::cluster_store store;
        read = co_await commands::read_cluster(
            client, store, catalog, own_namespace({}, client.config().pod_namespace)
        );
        if (!read)
            co_return read.error();
        co_return commands::explain_cluster(catalog, store);
    }
    commands::explained_objects what;
    if (!command.account.empty())
        what.account = command.account;
    what.pod = command.pod;
    auto const* const known = is_refused ? nullptr : &catalog;
    auto const facts = co_await commands::read_namespace(client, ns, what, known);
    if (!facts)
        co_return facts.error();
    auto const max = command.output == output_format::table ? max_listed : SIZE_MAX;
    co_return commands::explain(catalog, *facts, what, max);
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
    auto command = parse_flags<explain_command>(words, options_of);
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
    explain_command defaults;
    return help_text(
        program + " explain",
        options_of(defaults),
        "usage: " + program +
            " explain [-n NAMESPACE] [-p POD | -s SERVICEACCOUNT]\n"
            "       " +
            program +
            " explain -A\n\n"
            "Explains why pods can or cannot pull their images, and what to do about it: one pod, or an\n"
            "account and the pods of its namespace that cannot pull, or what all namespaces lack. Exit\n"
            "status: 0 no problem in what you may read, 1 a problem.\n\n"
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
    return run_once(user_kubeconfig(command.cluster), log, std::move(work));
}

}  // namespace tcr::app
