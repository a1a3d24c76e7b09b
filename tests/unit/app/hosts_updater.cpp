// SPDX-License-Identifier: Apache-2.0
#include "hosts_page.hpp"
#include <tcr/app/hosts_updater.hpp>
#include <tcr/kube/errc.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

namespace hosts_updater_test
{

using namespace tcr;
using app::hosts_command;
using app::hosts_updater_options;
using app::parse_hosts_updater;

using words = std::vector<std::string>;

std::string refusal(words const& given)
{
    auto const parsed = parse_hosts_updater(given);
    BOOST_TEST_REQUIRE(!parsed.has_value());
    BOOST_TEST((parsed.error().code == kube::errc::bad_config));
    return parsed.error().message();
}

hosts_command accepted(words const& given)
{
    auto const parsed = parse_hosts_updater(given);
    BOOST_REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().message()));
    return *parsed;
}

std::string page()
{
    std::ifstream in(TCR_HOSTS_PAGE);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    BOOST_TEST_REQUIRE(!text.empty(), "no " TCR_HOSTS_PAGE);
    return text;
}

BOOST_AUTO_TEST_SUITE(hosts_updater_command)

BOOST_AUTO_TEST_CASE(defaults)
{
    auto const command = accepted({});
    BOOST_TEST(command.hosts_file == "/etc/hosts");
    BOOST_TEST(command.config_map == "updater-config");
    BOOST_TEST(command.metrics_bind_address == ":8080");
    BOOST_TEST(command.health_probe_bind_address == ":8081");
    BOOST_TEST(!command.once);
    BOOST_TEST(!command.remove);
    BOOST_TEST(command.check_dns);
    BOOST_TEST(!command.help);
}

BOOST_AUTO_TEST_CASE(every_flag_is_applied)
{
    auto const command = accepted(
        {"--hosts-file=/h",
         "--state-dir",
         "/s",
         "--config=/c",
         "--once",
         "--remove=true",
         "--check-dns=false",
         "--kubeconfig=/k",
         "--context=x",
         "--namespace=ns",
         "--configmap=my.map",
         "--metrics-bind-address=0",
         "--health-probe-bind-address=[::1]:90",
         "--log-level=debug",
         "--log-format=json"}
    );
    BOOST_TEST(command.hosts_file == "/h");
    BOOST_TEST(command.state_dir == "/s");
    BOOST_TEST(command.config == "/c");
    BOOST_TEST(command.once);
    BOOST_TEST(command.remove);
    BOOST_TEST(!command.check_dns);
    BOOST_TEST(command.cluster.kubeconfig == "/k");
    BOOST_TEST(command.cluster.context == "x");
    BOOST_TEST(command.own_namespace == "ns");
    BOOST_TEST(command.config_map == "my.map");
    BOOST_TEST(command.metrics_bind_address == "0");
    BOOST_TEST(command.health_probe_bind_address == "[::1]:90");
    BOOST_TEST((command.level == log_level::debug));
    BOOST_TEST((command.format == log_format::json));
}

BOOST_AUTO_TEST_CASE(invalid_flags_are_refused_with_a_message)
{
    BOOST_TEST(refusal({"--host-file=/h"}).find("did you mean --hosts-file?") != std::string::npos);
    BOOST_TEST(
        refusal({"--configmap=Bad_Name"}) ==
        "--configmap: 'Bad_Name' is not a ConfigMap name; write small letters, digits, dashes and dots"
    );
    BOOST_TEST(
        refusal({"--once=perhaps"}) == "--once: 'perhaps' is neither true nor false; write one of them"
    );
    BOOST_TEST(refusal({"--hosts-file", ""}).find("is not a path") != std::string::npos);
    BOOST_TEST(refusal({"--metrics-bind-address=nowhere"}).find("is not an address") != std::string::npos);
    refusal({"word"});
    BOOST_TEST(accepted({"--help", "--config=/none"}).help);
}

BOOST_AUTO_TEST_CASE(the_page_documents_every_option)
{
    std::istringstream lines(page());
    std::vector<std::string> rows;
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("| `--"))
            rows.push_back(line);
    auto const facts = hosts_updater_options();
    BOOST_TEST_REQUIRE(rows.size() == facts.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
    {
        auto const value = facts[i].default_value.empty() ? "–" : "`" + facts[i].default_value + "`";
        auto const row = "| `--" + facts[i].name + "` | " + value + " | ";
        BOOST_TEST(rows[i].starts_with(row), rows[i] << " and not " << row);
    }
}

BOOST_AUTO_TEST_CASE(the_page_documents_every_metric)
{
    hosts::updater_statistics done;
    done.last_success = std::chrono::system_clock::time_point(std::chrono::seconds(5));
    done.applied = 3;
    metrics::process_metrics const process;
    auto const text = app::hosts_metrics_page(done, nullptr, nullptr, process, {});
    BOOST_TEST(text.find("tcr_assistant_hosts_entries{state=\"applied\"} 3\n") != std::string::npos, text);
    BOOST_TEST(
        text.find("tcr_assistant_hosts_last_success_timestamp_seconds 5\n") != std::string::npos, text
    );
    std::regex const name("tcr_assistant_hosts_[a-z_]+");
    auto const names_in = [&name](std::string const& from)
    { return std::set<std::string>(std::sregex_token_iterator(from.begin(), from.end(), name), {}); };
    BOOST_TEST(names_in(text) == names_in(page()), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hosts_updater_test
