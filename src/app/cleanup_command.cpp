#include "common_options.hpp"
#include "election_place.hpp"
#include "option_reading.hpp"
#include "own_namespace.hpp"
#include "run_once.hpp"
#include <tcr/app/cleanup_command.hpp>
#include <tcr/commands/cleanup.hpp>

#include <iostream>
#include <utility>

namespace tcr::app
{
namespace
{

using cleanup_option = basic_option<cleanup_command>;

template <class Field, class T = field_type<Field, cleanup_command>>
cleanup_option make(
    std::string name,
    std::string value_name,
    std::string help,
    Field field,
    std::type_identity_t<range<T>> allowed = {}
)
{
    return make_option<cleanup_command>(
        std::move(name), std::move(value_name), std::move(help), effect::on_restart, field, std::move(allowed)
    );
}

std::vector<cleanup_option> make_options()
{
    std::vector<cleanup_option> table{
        make(
            "delete-imagepullsecrets",
            "BOOL",
            "also delete the ImagePullSecrets that users made",
            [](auto& c) -> auto& { return c.delete_image_pull_secrets; },
            yes_or_no
        ),
        make(
            "deployment",
            "NAME",
            "the controller's Deployment in that namespace; it is scaled to 0 replicas",
            [](auto& c) -> auto& { return c.deployment; }
        ),
        make(
            "timeout",
            "TIME",
            "limit for the whole cleanup",
            [](auto& c) -> auto& { return c.timeout; },
            above_zero
        ),
    };
    add_cluster_options(table);
    add_namespace_option(table, "the software");
    add_log_options(table);
    return table;
}

std::vector<cleanup_option> const& table()
{
    static std::vector<cleanup_option> const options = make_options();
    return options;
}

boost::program_options::options_description describe()
{
    return describe_options("Options of tcr-assistant cleanup", table());
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
    if (!command.delete_image_pull_secrets)
        std::cout
            << "The ImagePullSecrets that users made are kept; a controller would distribute them again.\n";
    co_return 0;
}

}  // namespace

result<cleanup_command> parse_cleanup(std::vector<std::string> const& words)
{
    return parse_flags(words, describe(), table());
}

std::string cleanup_help()
{
    return help_text(describe());
}

std::vector<option_facts> cleanup_options()
{
    return facts_of(table());
}

int run_cleanup(cleanup_command const& command)
{
    logger log(stderr, command.level, command.format);
    once work = [&](kube::client& client) { return clean_up(command, client, log); };
    return run_once(command.cluster, log, std::move(work));
}

}  // namespace tcr::app
