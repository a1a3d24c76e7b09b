// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"
#include "manifest.hpp"
#include "manifest_file.hpp"
#include "own_namespace.hpp"
#include "plan_report.hpp"
#include "run_once.hpp"
#include "user_kubeconfig.hpp"
#include <tcr/app/plan_command.hpp>
#include <tcr/commands/cluster_reading.hpp>
#include <tcr/commands/explain.hpp>
#include <tcr/controller/credential_source.hpp>
#include <tcr/controller/spec_warnings.hpp>
#include <tcr/controller/validation.hpp>
#include <tcr/credentials/credential_secrets.hpp>

#include <iostream>
#include <utility>

namespace tcr::app
{
namespace
{

std::vector<option> options_of(plan_command& command)
{
    std::vector<option> options;
    options.emplace_back(
        "filename,f", "FILE", "a YAML or JSON file with ImagePullSecrets, - for standard input", command.file
    );
    add_output_option(options, command.output);
    add_user_cluster_options(options, command.cluster);
    add_namespace_option(options, "the software", command.own_namespace);
    options.back().flags += ",n";
    add_log_options(options, command.level, command.format);
    return options;
}

/// Reads the ImagePullSecrets of a file. Adds the problems of the file to `out`.
std::vector<controller::image_pull_secret> read_objects(
    std::string const& text, std::string const& file, plan_report& out
)
{
    auto const read = read_manifest(text);
    std::vector<controller::image_pull_secret> objects;
    auto const report = [&](std::size_t line, controller::field_problem const& what)
    { out.add_problem(file, line, what); };
    for (auto const& each : read.diagnostics)
        if (!each.is_warning)
            report(each.line, each.what);
    for (auto const& object : read.objects)
    {
        for (auto const& each : object.diagnostics)
            if (!each.is_warning)
                report(each.line, each.what);
        for (auto const& each : controller::validate(object.cr))
            report(object.line_of(each.field), each);
        objects.push_back(object.cr);
    }
    if (objects.empty() && !out.has_problem())
        report(1, {"", "the file has no ImagePullSecret"});
    return objects;
}

task<int> preview_all(
    std::vector<controller::image_pull_secret>& desired,
    plan_command const& command,
    kube::client& client,
    logger& log,
    plan_report& out
)
{
    auto const own = own_namespace(command.own_namespace, client.config().pod_namespace);
    credentials::credential_secrets secrets(own, {}, [] {});
    kube::resource const type{"", "v1", "secrets"};
    auto const which = credentials::credential_selection(own);
    auto read = co_await client.list(type, which, secrets, "cannot list Secrets with credentials");
    // If these Secrets cannot be read, for example because the permission is missing, continue. An
    // ImagePullSecret whose credential is in such a Secret then has an unknown credential: the contents of
    // its pull Secrets are not compared. With configSecretRef, warnings about overlaps are missing, too.
    if (!read)
        log.warning("cannot read the credentials in Secrets", {{"error", read.error().message()}});
    controller::catalog catalog([&](auto const& spec) { return controller::find_credential(spec, secrets); });
    read = co_await commands::read_image_pull_secrets(client, catalog);
    if (!read && read.error().code == kube::errc::unknown_resource)
    {
        out.add_problem(commands::missing_crd());
        co_return out.finish();
    }
    runtime::cluster_store store;
    if (read)
        read = co_await commands::read_cluster(client, store, catalog, own);
    if (!read)
    {
        log.error("cannot read the cluster", {{"error", read.error().message()}});
        co_return 1;
    }
    for (auto& cr : desired)
    {
        // Use the UID of the existing ImagePullSecret, because its pull Secrets contain this UID.
        if (auto const* present = catalog.find(cr.name))
            cr.uid = present->cr.uid;
        for (auto const& warning : controller::spec_warnings(cr, catalog, &store))
            out.add_warning(cr.name, warning);
        auto const entry = catalog.entry_for(cr);
        out.add_changes(entry, commands::preview(entry, catalog, store));
    }
    co_return out.finish();
}

}  // namespace

result<plan_command> parse_plan(std::vector<std::string> const& words)
{
    auto command = parse_flags<plan_command>(words, options_of);
    if (!command || command->help)
        return command;
    if (command->file.empty())
        return error(kube::errc::bad_config, "no file to plan; write -f FILE, or -f - for standard input");
    return command;
}

std::string plan_help(std::string const& program)
{
    plan_command defaults;
    return help_text(
        program + " plan",
        options_of(defaults),
        "usage: " + program +
            " plan -f FILE\n\n"
            "Shows which Secrets and service accounts the ImagePullSecrets of a file would change. Changes\n"
            "nothing. Exit status: 0 no problem, 1 a problem.\n\n"
    );
}

std::vector<option_facts> plan_options()
{
    plan_command defaults;
    return facts_of(options_of(defaults));
}

int run_plan(plan_command const& command)
{
    logger log(stderr, command.level, command.format);
    auto const name = manifest_file_name(command.file);
    auto const text = read_manifest_file(command.file, std::cin);
    if (!text)
    {
        std::cerr << "error: " << name << ' ' << text.error().message() << '\n';
        return 2;
    }
    plan_report out(command.output, std::cout, std::cerr);
    auto desired = read_objects(*text, name, out);
    if (out.has_problem())
        return out.finish();
    command_work work = [&](kube::client& client) { return preview_all(desired, command, client, log, out); };
    return run_once(user_kubeconfig(command.cluster), log, std::move(work));
}

}  // namespace tcr::app
