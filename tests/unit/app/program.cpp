// SPDX-License-Identifier: Apache-2.0
#include <tcr/app/program.hpp>

#include <boost/test/unit_test.hpp>

namespace program_test
{

using namespace tcr::app;
using words = std::vector<std::string>;

program_role const whole("/usr/local/bin/tcr-assistant");
program_role const plugin("/home/user/.krew/bin/kubectl-tcr");

BOOST_AUTO_TEST_SUITE(the_program)

BOOST_AUTO_TEST_CASE(its_role_follows_from_its_name)
{
    BOOST_TEST(whole.name == "tcr-assistant");
    BOOST_TEST(!whole.is_plugin);
    BOOST_TEST(plugin.name == "kubectl tcr");
    BOOST_TEST(plugin.file == "kubectl-tcr");
    BOOST_TEST(plugin.is_plugin);
    BOOST_TEST(!plugin.is_completer);
    BOOST_TEST(program_role("kubectl_complete-tcr").is_completer);
    BOOST_TEST(program_role("kubectl_complete-tcr").is_plugin);
    for (auto const* other : {"", "controller", "./build/tcr-assistant-debug", "kubectl-tcr/"})
        BOOST_TEST(!program_role(other).is_plugin, other);
}

BOOST_AUTO_TEST_CASE(the_plugin_offers_only_the_commands_of_a_user)
{
    auto const all = usage(whole);
    auto const some = usage(plugin);
    BOOST_TEST(some.starts_with("usage: kubectl tcr COMMAND"));
    for (auto const* command : {"explain", "plan", "lint", "rbac", "completion", "version", "help"})
    {
        BOOST_TEST(all.find(std::string("\n  ") + command + " ") != std::string::npos, command);
        BOOST_TEST(some.find(std::string("\n  ") + command + " ") != std::string::npos, command);
    }
    for (auto const* command : {"controller", "hosts-updater", "cleanup"})
    {
        BOOST_TEST(all.find(std::string("\n  ") + command + " ") != std::string::npos, command);
        BOOST_TEST(some.find(command) == std::string::npos, command);
        BOOST_TEST(run_program(plugin, {command, "--help"}) == 2);
    }
    BOOST_TEST(all.find("__complete") == std::string::npos);
    BOOST_TEST(run_program(plugin, {"explain", "--help"}) == 0);
    for (auto const* command : {"controller", "hosts-updater", "explain", "plan", "cleanup", "lint", "rbac"})
        BOOST_TEST(run_program(whole, {command, "-h"}) == 0, command);
    BOOST_TEST(run_program(plugin, {}) == 2);
    BOOST_TEST(run_program(whole, {"no-such-command"}) == 2);
}

BOOST_AUTO_TEST_CASE(commands_are_completed)
{
    BOOST_TEST(
        complete(plugin, {""}) == (words{"explain", "plan", "lint", "rbac", "completion", "version", "help"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(
        complete(whole, {"c"}) == (words{"controller", "cleanup", "completion"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(complete(plugin, {"c"}) == (words{"completion"}), boost::test_tools::per_element());
    BOOST_TEST(complete(plugin, {"cleanup", "--"}).empty());
    BOOST_TEST(complete(whole, {}).size() == 10u);
}

BOOST_AUTO_TEST_CASE(options_and_their_choices_are_completed)
{
    BOOST_TEST(complete(plugin, {"explain", "--p"}) == (words{"--pod"}), boost::test_tools::per_element());
    BOOST_TEST(complete(whole, {"controller", "--webhook-"}).size() >= 2u);
    for (auto const* option : {"-o", "--output"})
        for (auto const* command : {"explain", "plan", "lint"})
            BOOST_TEST(
                complete(plugin, {command, option, ""}) == (words{"table", "json", "yaml"}),
                boost::test_tools::per_element()
            );
    BOOST_TEST(complete(plugin, {"explain", "-o", "y"}) == (words{"yaml"}), boost::test_tools::per_element());
    BOOST_TEST(
        complete(plugin, {"completion", ""}) == (words{"bash", "zsh"}), boost::test_tools::per_element()
    );
    // An empty list makes the shell offer file names.
    BOOST_TEST(complete(plugin, {"lint", "team"}).empty());
    BOOST_TEST(complete(plugin, {"plan", "-f", ""}).empty());
}

BOOST_AUTO_TEST_CASE(completion_scripts_call_the_program)
{
    for (auto const* shell : {"bash", "zsh"})
    {
        BOOST_TEST(completion_script(plugin, shell).find("kubectl-tcr __complete ") != std::string::npos);
        BOOST_TEST(completion_script(whole, shell).find("tcr-assistant __complete ") != std::string::npos);
    }
    BOOST_TEST(completion_script(whole, "fish") == "");
    BOOST_TEST(run_program(whole, {"completion"}) == 2);
    BOOST_TEST(run_program(whole, {"completion", "fish"}) == 2);
    for (auto const* word : {"bash", "--help", "-h"})
        BOOST_TEST(run_program(whole, {"completion", word}) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace program_test
