#include "common_options.hpp"
#include "hosts_process.hpp"
#include "option_reading.hpp"
#include "option_values.hpp"
#include <tcr/app/hosts_updater.hpp>
#include <tcr/kube/names.hpp>

#include <cstdlib>
#include <utility>

namespace tcr::app
{
namespace
{

using hosts_option = basic_option<hosts_command>;

template <class Field, class T = field_type<Field, hosts_command>>
hosts_option make(
    std::string name,
    std::string value_name,
    std::string help,
    Field field,
    std::type_identity_t<range<T>> allowed = {}
)
{
    return make_option<hosts_command>(
        std::move(name), std::move(value_name), std::move(help), effect::on_restart, field, std::move(allowed)
    );
}

std::vector<hosts_option> make_options()
{
    std::vector<hosts_option> table{
        make(
            "hosts-file",
            "FILE",
            "the hosts file to keep the block in",
            [](auto& c) -> auto& { return c.hosts_file; },
            given_path
        ),
        make(
            "state-dir",
            "FOLDER",
            "where lock, backup and journal are kept; default the hosts file's own folder",
            [](auto& c) -> auto& { return c.state_dir; }
        ),
        make(
            "config",
            "FILE",
            "YAML file with the hosts, watched; default the ConfigMap, watched through the API server",
            [](auto& c) -> auto& { return c.config; }
        ),
        make(
            "once",
            "BOOL",
            "apply what is wanted now, and exit",
            [](auto& c) -> auto& { return c.once; },
            yes_or_no
        ),
        make(
            "remove",
            "BOOL",
            "remove the block, and exit; needs neither configuration nor cluster",
            [](auto& c) -> auto& { return c.remove; },
            yes_or_no
        ),
        make(
            "check-dns",
            "BOOL",
            "before new entries are written, ask DNS for up to 3s whether they are needed, and log where not",
            [](auto& c) -> auto& { return c.check_dns; },
            yes_or_no
        ),
        make(
            "configmap",
            "NAME",
            "the ConfigMap with the hosts, at its key hosts.yaml",
            [](auto& c) -> auto& { return c.config_map; },
            {"is no name of a ConfigMap; write small letters, digits, dashes and dots",
             [](std::string const& name) { return kube::is_object_name(name); }}
        ),
        make(
            "metrics-bind-address",
            "ADDRESS",
            "where to serve /metrics, ADDRESS:PORT or :PORT; 0: nowhere",
            [](auto& c) -> auto& { return c.metrics_bind_address; },
            bind_address
        ),
        make(
            "health-probe-bind-address",
            "ADDRESS",
            "where to serve /healthz and /readyz, ADDRESS:PORT or :PORT; 0: nowhere",
            [](auto& c) -> auto& { return c.health_probe_bind_address; },
            bind_address
        ),
    };
    add_cluster_options(table);
    add_namespace_option(table, "the ConfigMap");
    add_log_options(table);
    return table;
}

std::vector<hosts_option> const& table()
{
    static std::vector<hosts_option> const options = make_options();
    return options;
}

boost::program_options::options_description describe()
{
    return describe_options("Options of tcr-assistant hosts-updater", table());
}

}  // namespace

result<hosts_command> parse_hosts_updater(std::vector<std::string> const& words)
{
    return parse_flags(words, describe(), table());
}

std::string hosts_updater_help()
{
    return help_text(describe());
}

std::vector<option_facts> hosts_updater_options()
{
    return facts_of(table());
}

int run_hosts_updater(hosts_command const& command)
{
    // Limits the wait for a DNS server that does not answer (resolv.conf(5)): the query is useful, not
    // necessary.
    setenv("RES_OPTIONS", "timeout:1 attempts:2", 0);
    logger log(stderr, command.level, command.format);
    auto process = hosts_process::make(command, log);
    if (!process)
    {
        log.error("cannot start", {{"why", process.error().message()}});
        // An address in use is the machine's state, not a mistake in the configuration.
        bool const is_system = process.error().code.category() == boost::system::system_category();
        return is_system ? 1 : 2;
    }
    return (*process)->run();
}

}  // namespace tcr::app
