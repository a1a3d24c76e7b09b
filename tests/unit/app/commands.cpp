// SPDX-License-Identifier: Apache-2.0
#include <tcr/app/cleanup_command.hpp>
#include <tcr/app/explain_command.hpp>
#include <tcr/app/plan_command.hpp>
#include <tcr/app/rbac_command.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace commands_test
{

using namespace tcr;
using namespace tcr::app;
using words = std::vector<std::string>;

/// The rows of the options table in the section of docs/use/commands.md whose heading begins with this text.
std::vector<std::string> rows_below(std::string const& heading)
{
    std::ifstream in(TCR_COMMANDS_PAGE);
    std::vector<std::string> rows;
    bool is_below = false;
    for (std::string line; std::getline(in, line);)
    {
        if (line.starts_with("## "))
            is_below = line.starts_with("## `" + heading + "`");
        if (is_below && line.starts_with("| `--"))
            rows.push_back(line);
    }
    return rows;
}

void check_documentation(std::string const& command, std::vector<option_facts> const& facts)
{
    auto const rows = rows_below(command);
    BOOST_TEST_REQUIRE(rows.size() == facts.size(), command);
    for (std::size_t i = 0; i < facts.size(); ++i)
    {
        auto const value = facts[i].default_value.empty() ? "–" : "`" + facts[i].default_value + "`";
        auto const row = "| `--" + facts[i].name + "` | " + value + " | ";
        BOOST_TEST(rows[i].starts_with(row), rows[i] << " and not " << row);
    }
}

BOOST_AUTO_TEST_SUITE(commands_that_run_once)

BOOST_AUTO_TEST_CASE(every_option_is_documented)
{
    check_documentation("explain", explain_options());
    check_documentation("plan", plan_options());
    check_documentation("cleanup", cleanup_options());
    check_documentation("rbac", rbac_options());
}

BOOST_AUTO_TEST_CASE(explain_parses_its_options)
{
    auto const both = parse_explain({"-n", "x", "-p", "y", "-s", "z"});
    BOOST_TEST(
        both.error().message() == "--pod and --serviceaccount exclude each other; a pod names its account"
    );
    BOOST_TEST(!parse_explain({"-A", "-p", "y"}).has_value());
    BOOST_TEST(!parse_explain({"-A", "-s", "z"}).has_value());
    BOOST_TEST(parse_explain({"-A", "-n", "x"})->all_namespaces);
    auto const good = parse_explain({"-n", "x", "--pod=y", "-o", "json"});
    BOOST_TEST_REQUIRE(good.has_value());
    BOOST_TEST(good->ns == "x");
    BOOST_TEST(good->pod == "y");
    BOOST_TEST(!good->all_namespaces);
    BOOST_TEST((good->output == output_format::json));
    BOOST_TEST(parse_explain({}).has_value());
    BOOST_TEST(parse_explain({"--help"})->help);
    BOOST_TEST(parse_explain({"--bod=y"}).error().message().find("unrecognised option") != std::string::npos);
    BOOST_TEST(
        parse_explain({"-o", "wide"}).error().message() ==
        "--output: 'wide' is none of table, json, yaml; write one of them"
    );
}

BOOST_AUTO_TEST_CASE(plan_needs_a_file)
{
    BOOST_TEST(
        parse_plan({}).error().message() == "no file to plan; write -f FILE, or -f - for standard input"
    );
    BOOST_TEST(parse_plan({"-f", "x.yaml"})->file == "x.yaml");
    BOOST_TEST((parse_plan({"-f", "x.yaml", "-o", "yaml"})->output == output_format::yaml));
    BOOST_TEST(parse_plan({"-f", "x.yaml", "-n", "home"})->own_namespace == "home");
    BOOST_TEST(parse_plan({"--help"})->help);
}

BOOST_AUTO_TEST_CASE(cleanup_keeps_the_image_pull_secrets_of_users_by_default)
{
    BOOST_TEST(!parse_cleanup({})->delete_image_pull_secrets);
    BOOST_TEST(parse_cleanup({"--delete-imagepullsecrets"})->delete_image_pull_secrets);
    BOOST_TEST(
        parse_cleanup({"--timeout=0s"}).error().message() ==
        "--timeout: '0s' is too short; write more than 0s"
    );
    BOOST_TEST(!parse_cleanup({"imagepullsecrets"}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace commands_test
