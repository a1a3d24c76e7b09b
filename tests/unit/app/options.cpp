// SPDX-License-Identifier: Apache-2.0
#include "temporary_folder.hpp"
#include <tcr/app/options.hpp>
#include <tcr/kube/errc.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

namespace options_test
{

namespace fs = std::filesystem;
using namespace std::chrono_literals;

using tcr::app::changes;
using tcr::app::controller_command;
using tcr::app::controller_options;
using tcr::app::option_change;
using tcr::app::parse_controller;
using tcr::app::reloadable_config;

using words = std::vector<std::string>;

/// The error message for a command line that must be refused.
std::string refusal(words const& given)
{
    auto const parsed = parse_controller(given);
    BOOST_TEST_REQUIRE(!parsed.has_value());
    BOOST_TEST((parsed.error().code == tcr::kube::errc::bad_config));
    return parsed.error().message();
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

controller_command accepted(words const& given)
{
    auto const parsed = parse_controller(given);
    BOOST_REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().message()));
    return *parsed;
}

/// An option, a valid value other than the default, and a check whether a command has that value.
struct sample
{
    std::string name;
    std::string text;
    std::function<bool(controller_command const&)> is_applied;
};

std::vector<sample> const samples{
    {"kubeconfig", "/tmp/k", [](auto const& c) { return c.cluster.kubeconfig == "/tmp/k"; }},
    {"context", "prod", [](auto const& c) { return c.cluster.context == "prod"; }},
    {"namespace", "my-ns-1", [](auto const& c) { return c.own_namespace == "my-ns-1"; }},
    {"metrics-bind-address", "[::1]:90", [](auto const& c) { return c.metrics_bind_address == "[::1]:90"; }},
    {"health-probe-bind-address", "0", [](auto const& c) { return c.health_probe_bind_address == "0"; }},
    {"webhook-bind-address", "0", [](auto const& c) { return c.webhook_bind_address == "0"; }},
    {"webhook-names",
     "10.0.0.1,hooks.example.com",
     [](auto const& c) {
         return c.webhook_names == words{"10.0.0.1", "hooks.example.com"};
     }},
    {"webhook-certificate-life", "1m", [](auto const& c) { return c.webhook_certificate_life == 1min; }},
    {"leader-elect", "false", [](auto const& c) { return !c.leader_elect; }},
    {"leader-elect-lease-duration",
     "1m",
     [](auto const& c) { return c.leader_election.lease_duration == 1min; }},
    {"leader-elect-renew-deadline",
     "9500ms",
     [](auto const& c) { return c.leader_election.renew_deadline == 9500ms; }},
    {"leader-elect-retry-period",
     "1.5s",
     [](auto const& c) { return c.leader_election.retry_period == 1500ms; }},
    {"kube-api-qps", "12.5", [](auto const& c) { return c.client.qps == 12.5; }},
    {"kube-api-burst", "3", [](auto const& c) { return c.client.burst == 3; }},
    {"max-in-flight", "7", [](auto const& c) { return c.controller.max_in_flight == 7; }},
    {"resync-period", "0", [](auto const& c) { return c.controller.watcher.resync_period == 0ms; }},
    {"instances-file", "/i", [](auto const& c) { return c.instances_file == "/i"; }},
    {"removal-delay", "10m", [](auto const& c) { return c.removal_delay == 10min; }},
    {"credential-check-interval",
     "1h",
     [](auto const& c) { return c.controller.credential_check_interval == 1h; }},
    {"cloud-key-dir", "/keys", [](auto const& c) { return c.cloud.key_folder == "/keys"; }},
    {"cloud-ca-file", "/ca", [](auto const& c) { return c.cloud.ca_file == "/ca"; }},
    {"tcr-endpoint", "http://x.y/", [](auto const& c) { return c.cloud.tcr_endpoint == "http://x.y/"; }},
    {"sts-endpoint", "https://x.y/", [](auto const& c) { return c.cloud.sts_endpoint == "https://x.y/"; }},
    {"cvm-metadata-endpoint", "0", [](auto const& c) { return c.cloud.metadata_endpoint == "0"; }},
    {"tcr-instances",
     "tcr-a,tcr-b",
     [](auto const& c) {
         return c.controller.tokens.rules.instances == words{"tcr-a", "tcr-b"};
     }},
    {"tcr-server-suffixes",
     ".a.b,.c",
     [](auto const& c) {
         return c.controller.tokens.rules.server_suffixes == words{".a.b", ".c"};
     }},
    {"cluster-name", "one", [](auto const& c) { return c.cloud.cluster_name == "one"; }},
    {"watch-timeout", "2m", [](auto const& c) { return c.controller.watcher.watch_timeout == 2min; }},
    {"shutdown-grace", "500ms", [](auto const& c) { return c.shutdown_grace == 500ms; }},
    {"log-level", "debug", [](auto const& c) { return c.level == tcr::log_level::debug; }},
    {"log-format", "json", [](auto const& c) { return c.format == tcr::log_format::json; }},
};

/// The options that a running controller applies when its configuration file changes.
std::set<std::string> const reloadable{
    "log-level",
    "log-format",
    "kube-api-qps",
    "kube-api-burst",
    "max-in-flight",
    "resync-period",
    "removal-delay"};

/// A temporary folder with a configuration file.
struct config_folder : tcr::test::temporary_folder
{
    std::string const file = folder / "config";

    void write(std::string_view text) const { temporary_folder::write("config", text); }

    /// Writes the configuration file. \return the words `more` and the `--config` flag for the file.
    words with_file(std::string_view text, words more = {}) const
    {
        write(text);
        more.insert(more.end(), {"--config", file});
        return more;
    }
};

BOOST_AUTO_TEST_SUITE(controller_flags)

BOOST_AUTO_TEST_CASE(no_flag_gives_the_defaults)
{
    auto const parsed = parse_controller({});
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(!parsed->help);
    BOOST_TEST(parsed->cluster.kubeconfig.empty());
    BOOST_TEST(parsed->cluster.context == "");
    BOOST_TEST(parsed->client.qps == tcr::kube::client_options().qps);
    BOOST_TEST(parsed->client.burst == tcr::kube::client_options().burst);
    BOOST_TEST(parsed->controller.max_in_flight == tcr::controller::controller_options().max_in_flight);
    BOOST_TEST((parsed->level == tcr::log_level::info));
    BOOST_TEST((parsed->format == tcr::log_format::text));
    BOOST_TEST(parsed->config.empty());
    BOOST_TEST(parsed->own_namespace == "");
    BOOST_TEST(parsed->metrics_bind_address == ":8080");
    BOOST_TEST(parsed->health_probe_bind_address == ":8081");
    BOOST_TEST(parsed->leader_elect);
    BOOST_TEST((parsed->leader_election.lease_duration == 15s));
    BOOST_TEST((parsed->leader_election.renew_deadline == 10s));
    BOOST_TEST((parsed->leader_election.retry_period == 2s));
    BOOST_TEST((parsed->controller.watcher.resync_period == 1h));
    BOOST_TEST((parsed->controller.watcher.watch_timeout == 290s));
    BOOST_TEST((parsed->shutdown_grace == 20s));
}

BOOST_AUTO_TEST_CASE(every_flag_is_applied)
{
    for (auto const& [name, text, is_applied] : samples)
        BOOST_TEST(is_applied(accepted({"--" + name + "=" + text})), name);
    words all;
    for (auto const& [name, text, is_applied] : samples)
        all.push_back("--" + name + "=" + text);
    auto const command = accepted(all);
    for (auto const& [name, text, is_applied] : samples)
        BOOST_TEST(is_applied(command), name);
}

BOOST_AUTO_TEST_CASE(there_is_a_sample_of_every_option)
{
    std::set<std::string> sampled{"help", "config"};
    for (auto const& each : samples)
        sampled.insert(each.name);
    std::set<std::string> known;
    for (auto const& each : controller_options())
        known.insert(each.name);
    BOOST_TEST(sampled == known, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_value_may_be_the_next_word)
{
    for (auto const& [name, text, is_applied] : samples)
        if (name != "leader-elect")
            BOOST_TEST(is_applied(accepted({"--" + name, text})), name);
}

BOOST_AUTO_TEST_CASE(leader_election_is_switched_by_the_flag_alone_or_with_a_word)
{
    BOOST_TEST(accepted({"--leader-elect"}).leader_elect);
    BOOST_TEST(accepted({"--leader-elect=true"}).leader_elect);
    BOOST_TEST(!accepted({"--leader-elect=false"}).leader_elect);
    BOOST_TEST(accepted({"--leader-elect", "--log-level=debug"}).leader_elect);
    BOOST_TEST(!accepted({"--leader-elect", "false"}).leader_elect);
    BOOST_TEST(contains(refusal({"--leader-elect", "stray"}), "'stray' is neither true nor false"));
    for (auto const* value : {"False", "0", "no", "yes"})
        BOOST_TEST(
            refusal({std::string("--leader-elect=") + value}) ==
            "--leader-elect: '" + std::string(value) + "' is neither true nor false; write one of them"
        );
}

BOOST_AUTO_TEST_CASE(a_value_may_follow_an_equals_sign)
{
    auto const parsed = parse_controller({"--kubeconfig=/a=b c", "--max-in-flight=256", "--log-level=error"});
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->cluster.kubeconfig.string() == "/a=b c");
    BOOST_TEST(parsed->controller.max_in_flight == 256u);
    BOOST_TEST((parsed->level == tcr::log_level::error));
}

BOOST_AUTO_TEST_CASE(the_ends_of_each_range_are_taken)
{
    BOOST_TEST(parse_controller({"--max-in-flight", "1"}).has_value());
    BOOST_TEST(parse_controller({"--max-in-flight", "256"}).has_value());
    BOOST_TEST(parse_controller({"--kube-api-qps", "0"}).has_value());
    BOOST_TEST(parse_controller({"--kube-api-burst", "1"}).has_value());
    BOOST_TEST(parse_controller({"--watch-timeout", "1s"}).has_value());
    BOOST_TEST(parse_controller({"--resync-period", "1s"}).has_value());
    BOOST_TEST(parse_controller({"--shutdown-grace", "0"}).has_value());
    BOOST_TEST(parse_controller({"--namespace", std::string(63, 'a')}).has_value());
}

BOOST_AUTO_TEST_CASE(help_is_requested)
{
    auto const parsed = parse_controller({"--help"});
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->help);
    BOOST_TEST(accepted({"--help", "--log-level=none", "--config=/no/such/file"}).help);
}

BOOST_AUTO_TEST_CASE(an_unknown_flag_is_named)
{
    BOOST_TEST(contains(refusal({"--nonsense"}), "--nonsense"));
    BOOST_TEST(contains(refusal({"--log-level", "info", "--max-inflight", "3"}), "--max-inflight"));
    refusal({"-x"});
}

BOOST_AUTO_TEST_CASE(a_mistyped_flag_suggests_the_right_one)
{
    BOOST_TEST(
        contains(refusal({"--max-inflight=300"}), "'--max-inflight=300'; did you mean --max-in-flight?")
    );
    BOOST_TEST(contains(refusal({"--leaderelect"}), "did you mean --leader-elect?"));
    BOOST_TEST(!contains(refusal({"--nonsense"}), "did you mean"));
}

BOOST_AUTO_TEST_CASE(a_flag_is_not_guessed_from_its_beginning)
{
    BOOST_TEST(contains(refusal({"--kubeconf", "/tmp/k"}), "--kubeconf"));
    BOOST_TEST(contains(refusal({"--hel"}), "--hel"));
}

BOOST_AUTO_TEST_CASE(an_argument_without_a_flag_is_refused)
{
    refusal({"stray"});
    refusal({"--log-level", "info", "stray"});
    refusal({""});
}

BOOST_AUTO_TEST_CASE(a_flag_without_its_value_is_named)
{
    for (auto const& each : controller_options())
        if (each.name != "help" && each.name != "leader-elect")
            BOOST_TEST(contains(refusal({"--" + each.name}), "--" + each.name), each.name);
}

BOOST_AUTO_TEST_CASE(a_flag_given_twice_is_named)
{
    BOOST_TEST(contains(refusal({"--context", "a", "--context", "b"}), "--context"));
}

BOOST_AUTO_TEST_CASE(a_bad_value_is_refused_by_its_flag)
{
    for (auto const* value : {"", "0", "257", "-1", "many", "1.5", "18446744073709551617"})
        BOOST_TEST(contains(refusal({std::string("--max-in-flight=") + value}), "--max-in-flight"), value);
    for (auto const* value : {"", "-1", "-0.001", "fast", "1x", "nan", "inf", "-inf"})
        BOOST_TEST(contains(refusal({std::string("--kube-api-qps=") + value}), "--kube-api-qps"), value);
    for (auto const* value : {"", "0", "0.5", "-3", "big", "nan", "inf"})
        BOOST_TEST(contains(refusal({std::string("--kube-api-burst=") + value}), "--kube-api-burst"), value);
    for (auto const* value : {"INFO", "warn", "all", "1"})
    {
        auto const why = refusal({"--log-level", value});
        BOOST_TEST(contains(why, "--log-level"), value);
        BOOST_TEST(contains(why, value));
        BOOST_TEST(contains(why, "debug, info, warning, error"));
    }
    for (auto const* value : {"JSON", "yaml"})
    {
        auto const why = refusal({"--log-format", value});
        BOOST_TEST(contains(why, "--log-format"), value);
        BOOST_TEST(contains(why, value));
        BOOST_TEST(contains(why, "text, json"));
    }
}

BOOST_AUTO_TEST_CASE(the_message_for_a_bad_value_contains_what_to_write)
{
    std::tuple<char const*, char const*, char const*> const cases[] = {
        {"config", "", "'' is not a path; write the path of a file"},
        {"namespace", "Upper", "'Upper' is not a namespace name; write small letters, digits and dashes"},
        {"namespace", "-a", "is not a namespace name"},
        {"namespace", "a-", "is not a namespace name"},
        {"namespace", "a.b", "is not a namespace name"},
        {"namespace", "a/b", "is not a namespace name"},
        {"metrics-bind-address",
         "",
         "'' is not an address; write ADDRESS:PORT, :PORT for every address, or 0"},
        {"health-probe-bind-address", "", "is not an address"},
        {"leader-elect-lease-duration",
         "0",
         "'0' is not usable for a lease; write whole seconds, at least 1s"},
        {"leader-elect-lease-duration", "15500ms", "is not usable for a lease"},
        {"leader-elect-renew-deadline", "0s", "'0s' is too short; write more than 0s"},
        {"leader-elect-retry-period", "0s", "'0s' is too short; write more than 0s"},
        {"resync-period", "999ms", "'999ms' is too short; write at least 1s, or 0s for never"},
        {"resync-period", "3600", "'3600' has no unit"},
        {"watch-timeout", "0", "'0' is too short; write at least 1s"},
        {"watch-timeout", "90500ms", "'90500ms' is not in whole seconds; write 1m31s"},
        {"watch-timeout", "290", "'290' has no unit; write one after the number"},
        {"shutdown-grace", "-1s", "'-1s' is negative; write 0s or more"},
        {"shutdown-grace", "soon", "'soon' is not a duration; write one like 15s"},
        {"max-in-flight", "257", "'257' is not valid; write a number from 1 to 256"},
        {"kube-api-qps", "-1", "'-1' is not valid; write a number of at least 0"},
        {"kube-api-burst", "0", "'0' is not valid; write a number of at least 1"},
    };
    for (auto const& [name, text, part] : cases)
    {
        auto const why = refusal({std::string("--") + name, text});
        BOOST_TEST(why.starts_with(std::string("--") + name + ": "), why);
        BOOST_TEST(contains(why, part), why);
    }
}

BOOST_AUTO_TEST_CASE(a_message_repeats_only_the_beginning_of_a_value)
{
    auto const why = refusal({"--log-level", "a\nb" + std::string(5'000, 'x')});
    BOOST_TEST(why.size() < 250u);
    BOOST_TEST(!contains(why, "\n"));
}

BOOST_AUTO_TEST_CASE(the_times_of_leader_election_must_fit_each_other)
{
    auto const election = [](std::string const& lease, std::string const& renew, std::string const& retry)
    {
        return words{
            "--leader-elect-lease-duration=" + lease,
            "--leader-elect-renew-deadline=" + renew,
            "--leader-elect-retry-period=" + retry};
    };
    accepted(election("15s", "14999ms", "12s"));
    accepted(election("15s", "12001ms", "10s"));
    accepted(election("1s", "2ms", "1ms"));
    BOOST_TEST(
        refusal(election("15s", "15s", "2s")) ==
        "--leader-elect-renew-deadline: the renew deadline (15s) must be shorter than the lease's duration "
        "(15s); "
        "change one of them"
    );
    BOOST_TEST(
        refusal(election("15s", "12s", "10s")) ==
        "--leader-elect-retry-period: 1.2 times the retry period (10s) must be shorter than the renew "
        "deadline "
        "(12s); change one of them"
    );
    // If only one of the two times is given as a flag, the message names this flag.
    BOOST_TEST(refusal({"--leader-elect-lease-duration=10s"}).starts_with("--leader-elect-lease-duration: "));
    BOOST_TEST(refusal({"--leader-elect-renew-deadline=2s"}).starts_with("--leader-elect-renew-deadline: "));
    BOOST_TEST(refusal({"--leader-elect-renew-deadline=20s"}).starts_with("--leader-elect-renew-deadline: "));
    BOOST_TEST(refusal({"--leader-elect-retry-period=9s"}).starts_with("--leader-elect-retry-period: "));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(config_file, config_folder)

BOOST_AUTO_TEST_CASE(every_key_is_applied)
{
    std::string all;
    for (auto const& [name, text, is_applied] : samples)
    {
        BOOST_TEST(is_applied(accepted(with_file(name + ": '" + text + "'\n"))), name);
        all += name + ": '" + text + "'\n";
    }
    auto const command = accepted(with_file(all));
    BOOST_TEST(command.config.string() == file);
    for (auto const& [name, text, is_applied] : samples)
        BOOST_TEST(is_applied(command), name);
}

BOOST_AUTO_TEST_CASE(a_value_needs_no_quotes)
{
    auto const command = accepted(with_file(
        "leader-elect: false\nmetrics-bind-address: :9000\nhealth-probe-bind-address: 0\nkube-api-qps: 5\n"
        "resync-period: 0\nmax-in-flight: 3\nnamespace: 123\n"
    ));
    BOOST_TEST(!command.leader_elect);
    BOOST_TEST(command.metrics_bind_address == ":9000");
    BOOST_TEST(command.health_probe_bind_address == "0");
    BOOST_TEST(command.client.qps == 5);
    BOOST_TEST((command.controller.watcher.resync_period == 0s));
    BOOST_TEST(command.controller.max_in_flight == 3u);
    BOOST_TEST(command.own_namespace == "123");
}

BOOST_AUTO_TEST_CASE(an_empty_file_changes_nothing)
{
    auto const command = accepted(with_file(""));
    auto standard = controller_command();
    standard.config = file;
    BOOST_TEST(changes(standard, command).empty());
}

BOOST_AUTO_TEST_CASE(a_flag_wins_over_the_file_and_the_file_over_the_default)
{
    auto const command = accepted(with_file(
        "log-level: debug\nmax-in-flight: 3\nleader-elect: false\n", {"--log-level=error", "--leader-elect"}
    ));
    BOOST_TEST((command.level == tcr::log_level::error));
    BOOST_TEST(command.controller.max_in_flight == 3u);
    BOOST_TEST(command.leader_elect);
    BOOST_TEST((command.format == tcr::log_format::text));
}

BOOST_AUTO_TEST_CASE(a_flag_with_the_default_wins_too)
{
    BOOST_TEST((accepted(with_file("log-level: debug", {"--log-level=info"})).level == tcr::log_level::info));
}

BOOST_AUTO_TEST_CASE(a_mistake_is_reported_with_file_line_and_key)
{
    std::pair<char const*, char const*> const cases[] = {
        {"log-levl: info", ", line 1, key 'log-levl': unknown option; did you mean 'log-level'?"},
        {"# mine\nlog-level: INFO",
         ", line 2, key 'log-level': 'INFO' is none of debug, info, warning, error; write one of them"},
        {"log-level: {a: b}", ", line 1, key 'log-level': is a mapping; write one value there"},
        {"max-in-flight: many", ", line 1, key 'max-in-flight': 'many' is not valid; write a number from 1"},
        {"watch-timeout: 290",
         ", line 1, key 'watch-timeout': '290' has no unit; write one after the number"},
        {"leader-elect: yes", ", line 1, key 'leader-elect': 'yes' is neither true nor false"},
        {"kube-api-qps: .inf", ", line 1, key 'kube-api-qps': '.inf' is not valid"},
        {"config: other.yaml", ", line 1, key 'config': unknown option"},
        {"help: true", ", line 1, key 'help': unknown option"},
        {"context: a\n\nleader-elect-lease-duration: 9s\n",
         ", line 3, key 'leader-elect-lease-duration': the renew deadline (10s) must be shorter than the "
         "lease's "
         "duration (9s); change one of them"},
    };
    for (auto const& [text, part] : cases)
    {
        auto const why = refusal(with_file(text));
        BOOST_TEST(why.starts_with("config " + file + part), why);
    }
}

BOOST_AUTO_TEST_CASE(a_mistake_is_reported_even_if_a_flag_overrides_it)
{
    BOOST_TEST(
        contains(refusal(with_file("log-level: loud", {"--log-level=info"})), "line 1, key 'log-level'")
    );
}

BOOST_AUTO_TEST_CASE(a_bad_combination_of_file_and_flag_names_one_of_them)
{
    auto const why = refusal(with_file(
        "leader-elect-renew-deadline: 20s\nleader-elect-lease-duration: 30s\n",
        {"--leader-elect-lease-duration=20s"}
    ));
    BOOST_TEST(contains(why, "line 1, key 'leader-elect-renew-deadline': the renew deadline (20s)"), why);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named)
{
    BOOST_TEST(
        refusal({"--config", file}) == "config " + file + " does not exist; create it or correct the path"
    );
    BOOST_TEST(contains(refusal({"--config", folder}), "is not a regular file"));
    BOOST_TEST(contains(refusal(with_file(std::string((1 << 20) + 1, '#'))), "is larger than 1 MiB"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(reload, config_folder)

BOOST_AUTO_TEST_CASE(equal_commands_do_not_differ)
{
    BOOST_TEST(changes({}, {}).empty());
}

BOOST_AUTO_TEST_CASE(each_difference_is_reported_with_both_values_and_its_kind)
{
    for (auto const& [name, text, is_applied] : samples)
    {
        auto const found = changes({}, accepted({"--" + name + "=" + text}));
        BOOST_TEST_REQUIRE(found.size() == 1u, name);
        BOOST_TEST(found[0].name == name);
        BOOST_TEST(found[0].before != found[0].after);
        BOOST_TEST(found[0].reloadable == reloadable.contains(name), name);
        // A flag with the reported new value sets the same value.
        BOOST_TEST(is_applied(accepted({"--" + name + "=" + found[0].after})), name);
    }
    auto const level = changes({}, accepted({"--log-level=debug"}));
    BOOST_TEST(level.at(0).before == "info");
    BOOST_TEST(level.at(0).after == "debug");
}

BOOST_AUTO_TEST_CASE(every_option_knows_whether_it_is_reloadable)
{
    std::set<std::string> actual;
    for (auto const& each : controller_options())
        if (each.reloadable)
            actual.insert(each.name);
    BOOST_TEST(actual == reloadable, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_changed_file_is_applied_where_options_are_reloadable)
{
    auto const given = with_file("log-level: debug\n");
    reloadable_config config(given, accepted(given));
    BOOST_TEST(config.reload().value().empty());

    write("log-level: warning\nkube-api-qps: 0.1\nnamespace: other\n");
    for (int i = 0; i < 2; ++i)
    {
        auto const found = config.reload();
        BOOST_TEST_REQUIRE(found.has_value());
        BOOST_TEST(found->size() == (i == 0 ? 3u : 1u));
        BOOST_TEST(found->at(0).name == "namespace");
        BOOST_TEST(!found->at(0).reloadable);
        BOOST_TEST((config.current().level == tcr::log_level::warning));
        BOOST_TEST(config.current().client.qps == 0.1);
        BOOST_TEST(config.current().own_namespace == "");
    }
}

BOOST_AUTO_TEST_CASE(a_removed_key_restores_the_default)
{
    auto const given = with_file("log-level: debug\nmax-in-flight: 3\n");
    reloadable_config config(given, accepted(given));
    write("");
    BOOST_TEST(config.reload().value().size() == 2u);
    BOOST_TEST((config.current().level == tcr::log_level::info));
    BOOST_TEST(config.current().controller.max_in_flight == controller_command().controller.max_in_flight);
}

BOOST_AUTO_TEST_CASE(a_flag_still_wins_after_a_reload)
{
    auto const given = with_file("", {"--log-level=error"});
    reloadable_config config(given, accepted(given));
    write("log-level: debug\n");
    BOOST_TEST(config.reload().value().empty());
    BOOST_TEST((config.current().level == tcr::log_level::error));
}

BOOST_AUTO_TEST_CASE(a_bad_file_changes_nothing)
{
    auto const given = with_file("log-level: debug\n");
    reloadable_config config(given, accepted(given));
    write("log-level: error\nmax-in-flight: 0\n");
    auto const outcome = config.reload();
    BOOST_TEST_REQUIRE(outcome.has_error());
    BOOST_TEST(contains(outcome.error().message(), "line 2, key 'max-in-flight'"));
    BOOST_TEST((config.current().level == tcr::log_level::debug));
    fs::remove(file);
    BOOST_TEST(config.reload().has_error());
    BOOST_TEST((config.current().level == tcr::log_level::debug));
}

BOOST_AUTO_TEST_CASE(without_a_file_a_reload_changes_nothing)
{
    reloadable_config config({"--log-level=debug"}, accepted({"--log-level=debug"}));
    BOOST_TEST(config.reload().value().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reference)

/// The lines of the configuration reference page.
std::vector<std::string> page()
{
    std::ifstream in(TCR_CONFIGURATION_PAGE);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    BOOST_TEST_REQUIRE(!lines.empty(), "no " TCR_CONFIGURATION_PAGE);
    return lines;
}

/// The cells that the page's table must contain for an option, without the cell for the unit.
std::vector<std::string> row_of(tcr::app::option_facts const& option)
{
    auto const code = [](std::string const& text) { return text.empty() ? "–" : "`" + text + "`"; };
    std::string const counts = option.name == "help" ? "–" : option.reloadable ? "reload" : "restart";
    return {
        code("--" + option.name),
        code(option.in_file ? option.name : ""),
        code(option.default_value),
        counts};
}

/// The cells of a table row, without the cell for the unit, which must not be empty.
std::vector<std::string> cells(std::string const& line)
{
    std::vector<std::string> parts;
    std::istringstream rest(line);
    for (std::string part; std::getline(rest, part, '|');)
        parts.push_back(part.size() > 2 ? part.substr(1, part.size() - 2) : std::string());
    BOOST_TEST_REQUIRE(parts.size() == 6u, line);
    BOOST_TEST(!parts[4].empty(), "no unit: " << line);
    return {parts[1], parts[2], parts[3], parts[5]};
}

BOOST_AUTO_TEST_CASE(the_page_documents_every_option)
{
    std::vector<std::vector<std::string>> rows;
    for (auto const& line : page())
        if (line.starts_with("| `--"))
            rows.push_back(cells(line));
    auto const facts = controller_options();
    BOOST_TEST_REQUIRE(rows.size() == facts.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        BOOST_TEST(rows[i] == row_of(facts[i]), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_page_names_only_existing_options)
{
    std::set<std::string> names;
    for (auto const& each : controller_options())
        names.insert("--" + each.name);
    for (auto const& line : page())
        for (auto at = line.find("--"); at != std::string::npos; at = line.find("--", at))
        {
            auto const end = std::min(line.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at), line.size());
            auto const word = line.substr(at, end - at);
            // A word of dashes only is the line below a table's head.
            if (word.find_first_not_of('-') != std::string::npos)
                BOOST_TEST(names.contains(word), word << " in: " << line);
            at = end;
        }
}

/// The lines of the help for each flag.
std::map<std::string, std::string> help_by_flag()
{
    std::map<std::string, std::string> lines_of_flag;
    std::string flag;
    std::istringstream lines(tcr::app::controller_help());
    for (std::string line; std::getline(lines, line);)
    {
        BOOST_TEST(line.size() <= 110u, line);
        // The first line about a flag is "  --flag …" or "  -f [ --flag ] …".
        auto const name = line.find("--");
        if (line.starts_with("  -") && name != std::string::npos)
            flag = line.substr(name, line.find(' ', name) - name);
        if (!flag.empty())
            lines_of_flag[flag] += line + "\n";
    }
    return lines_of_flag;
}

BOOST_AUTO_TEST_CASE(the_help_shows_every_option_with_its_default_and_no_other)
{
    auto const help = help_by_flag();
    auto const facts = controller_options();
    BOOST_TEST(help.size() == facts.size());
    for (auto const& each : facts)
    {
        BOOST_TEST_REQUIRE(help.contains("--" + each.name), each.name);
        auto const& text = help.at("--" + each.name);
        BOOST_TEST(contains(text, "(=" + each.default_value + ")") == !each.default_value.empty(), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace options_test
