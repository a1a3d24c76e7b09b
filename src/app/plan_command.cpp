#include "command_line.hpp"
#include "manifest.hpp"
#include "manifest_file.hpp"
#include "own_namespace.hpp"
#include "run_once.hpp"
#include <tcr/app/plan_command.hpp>
#include <tcr/commands/change_preview.hpp>
#include <tcr/commands/cluster_reading.hpp>
#include <tcr/controller/credential_source.hpp>
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
    add_cluster_options(options, command.cluster);
    add_namespace_option(options, "the software", command.own_namespace);
    add_log_options(options, command.level, command.format);
    return options;
}

void print_all(char sign, std::string_view what, std::set<std::string> const& names)
{
    for (auto const& each : names)
        std::cout << "  " << sign << ' ' << what << ' ' << each << '\n';
}

void print(controller::catalog_entry const& entry, commands::change_preview const& preview)
{
    std::cout << "ImagePullSecret " << entry.cr.name << ": secrets: " << preview.secrets_added.size()
              << " to add, " << preview.secrets_changed.size() << " to change, "
              << preview.secrets_removed.size() << " to remove, " << preview.secrets_unchanged
              << " unchanged; service accounts: " << preview.accounts_added.size() << " to add it to, "
              << preview.accounts_removed.size() << " to remove it from, " << preview.accounts_unchanged
              << " unchanged\n";
    print_all('+', "secret", preview.secrets_added);
    print_all('~', "secret", preview.secrets_changed);
    print_all('-', "secret", preview.secrets_removed);
    print_all('!', "secret (not ours, stays)", preview.secrets_foreign);
    print_all('+', "service account", preview.accounts_added);
    print_all('-', "service account", preview.accounts_removed);
    if (!entry.is_valid())
        std::cout << "  Contents were not compared, because the credential is unknown here: "
                  << entry.credential_problem << '\n';
}

/// Appends a file's objects to `into` and prints their problems. \return whether there is no problem.
bool take_objects(
    std::string const& text, std::string const& file, std::vector<controller::image_pull_secret>& into
)
{
    auto const read = read_manifest(text);
    bool is_good = true;
    auto const report = [&](std::size_t line, controller::field_problem const& what)
    {
        is_good = false;
        std::cerr << file << ':' << line << ": error: " << what.field << (what.field.empty() ? "" : ": ")
                  << what.message << '\n';
    };
    for (auto const& each : read.remarks)
        if (!each.is_warning)
            report(each.line, each.what);
    for (auto const& object : read.objects)
    {
        for (auto const& each : object.remarks)
            if (!each.is_warning)
                report(each.line, each.what);
        for (auto const& each : controller::validate(object.cr))
            report(object.line_of(each.field), each);
        into.push_back(object.cr);
    }
    if (is_good && into.empty())
        report(1, {"", "the file has no ImagePullSecret"});
    return is_good;
}

task<int> preview_all(
    std::vector<controller::image_pull_secret>& desired,
    plan_command const& command,
    kube::client& client,
    logger& log
)
{
    auto const own = own_namespace(command.own_namespace, client.config().pod_namespace);
    credentials::credential_secrets secrets(own, {}, [] {});
    kube::resource const type{"", "v1", "secrets"};
    auto const which = credentials::credential_selection(own);
    auto read = co_await client.list(type, which, secrets, "cannot list secrets with credentials");
    // Without permission to read them, everything but the contents can still be planned.
    if (!read)
        log.warning("cannot read the passwords in Secrets", {{"error", read.error().message()}});
    controller::catalog catalog([&](auto const& spec) { return controller::find_login(spec, secrets); });
    read = co_await commands::read_image_pull_secrets(client, catalog);
    runtime::cluster_store store;
    if (read)
        read = co_await commands::read_cluster(client, store);
    if (!read)
    {
        log.error("cannot read the cluster", {{"error", read.error().message()}});
        co_return 1;
    }
    for (auto& cr : desired)
    {
        // The Secrets contain its UID.
        if (auto const* present = catalog.find(cr.name))
            cr.uid = present->cr.uid;
        controller::catalog_entry const entry(cr, controller::find_login(cr.spec, secrets));
        print(entry, commands::preview(entry, catalog, store));
    }
    co_return 0;
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

std::string plan_help()
{
    plan_command defaults;
    return help_text(
        "plan",
        options_of(defaults),
        "usage: tcr-assistant plan -f FILE\n\n"
        "Shows which Secrets and service accounts the ImagePullSecrets of a file would change. Changes\n"
        "nothing.\n\n"
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
        std::cerr << "tcr-assistant plan: " << name << ' ' << text.error().message() << '\n';
        return 2;
    }
    std::vector<controller::image_pull_secret> desired;
    if (!take_objects(*text, name, desired))
        return 1;
    command_work work = [&](kube::client& client) { return preview_all(desired, command, client, log); };
    return run_once(command.cluster, log, std::move(work));
}

}  // namespace tcr::app
