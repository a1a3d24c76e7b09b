// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"
#include "election_place.hpp"
#include "own_namespace.hpp"
#include "run_once.hpp"
#include <tcr/app/cleanup_command.hpp>
#include <tcr/commands/cleanup.hpp>

#include <boost/algorithm/string/join.hpp>

#include <iostream>
#include <string>
#include <utility>

namespace tcr::app
{
namespace
{

std::vector<option> options_of(cleanup_command& command)
{
    std::vector<option> options{
        {"delete-imagepullsecrets",
         "BOOL",
         "also delete the ImagePullSecrets that users made",
         command.delete_image_pull_secrets},
        {"deployment",
         "NAME",
         "the controller's Deployment in that namespace; it is scaled to 0 replicas",
         command.deployment},
        {"timeout", "TIME", "limit for the whole cleanup", command.timeout, above_zero}};
    add_cluster_options(options, command.cluster);
    add_namespace_option(options, "the software", command.own_namespace);
    add_log_options(options, command.level, command.format);
    return options;
}

std::string names_in(controller::secret_access const& access)
{
    return boost::algorithm::join(access.names(), ", ");
}

task<int> clean_up(cleanup_command const& command, kube::client& client, logger& log)
{
    commands::cleanup_options options;
    options.own_namespace = own_namespace(command.own_namespace, client.config().pod_namespace);
    options.deployment = command.deployment;
    options.lease = election_place(options.own_namespace);
    options.deletes_image_pull_secrets = command.delete_image_pull_secrets;
    options.limit = command.timeout;
    commands::cleanup work(co_await asio::this_coro::executor, client, options, log);
    auto const done = co_await work.run();
    if (!done)
    {
        log.error("the cleanup is incomplete", {{"error", done.error().message()}});
        co_return 1;
    }
    std::cout << "No reference and no Secret of tcr-assistant is left.\n";
    if (work.access().is_by_name())
        std::cout << "Checked only the names that this account may access: " << names_in(work.access())
                  << ".\n";
    if (work.kept() > 0)
        std::cout << "Kept, with the references to them: " << work.kept()
                  << " Secrets whose ImagePullSecret was deleted with --cascade=orphan.\n";
    if (!command.delete_image_pull_secrets)
        std::cout
            << "The ImagePullSecrets that users made are kept; a controller would distribute them again.\n";
    co_return 0;
}

}  // namespace

result<cleanup_command> parse_cleanup(std::vector<std::string> const& words)
{
    return parse_flags<cleanup_command>(words, options_of);
}

std::string cleanup_help()
{
    cleanup_command defaults;
    return help_text("tcr-assistant cleanup", options_of(defaults));
}

std::vector<option_facts> cleanup_options()
{
    cleanup_command defaults;
    return facts_of(options_of(defaults));
}

int run_cleanup(cleanup_command const& command)
{
    logger log(stderr, command.level, command.format);
    command_work work = [&](kube::client& client) { return clean_up(command, client, log); };
    return run_once(command.cluster, log, std::move(work));
}

}  // namespace tcr::app
