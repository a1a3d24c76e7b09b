// SPDX-License-Identifier: Apache-2.0
#include <tcr/app/rbac_command.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace rbac_command_test
{

using namespace tcr;
using namespace tcr::app;
using words = std::vector<std::string>;

std::string problem_of(words const& given)
{
    auto const parsed = parse_rbac(given);
    return parsed ? std::string() : parsed.error().message();
}

std::size_t count(std::string const& text, std::string const& what)
{
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
        ++found;
    return found;
}

BOOST_AUTO_TEST_SUITE(the_command_rbac)

BOOST_AUTO_TEST_CASE(names_are_words_without_a_flag)
{
    auto const command = parse_rbac({"team-b", "-n", "own", "team-a", "team-b"});
    BOOST_TEST_REQUIRE(command.has_value());
    BOOST_TEST(command->names == (words{"team-a", "team-b"}), boost::test_tools::per_element());
    BOOST_TEST(command->own_namespace == "own");
    BOOST_TEST(parse_rbac({"team"})->own_namespace == "tcr-assistant-system");
    BOOST_TEST(parse_rbac({"--help"})->help);
}

BOOST_AUTO_TEST_CASE(wrong_words_are_explained)
{
    BOOST_TEST(problem_of({}) == "no ImagePullSecret; write the NAME of one or more");
    BOOST_TEST(
        problem_of({"Team"}) ==
        "'Team' is not the name of an ImagePullSecret; write small letters, digits, dots and "
        "dashes, at most 246"
    );
    for (auto const& name :
         {std::string("-x"), std::string("a/b"), std::string("x\n"), std::string(247, 'a')})
        BOOST_TEST(problem_of({"--", name}).find("is not the name of") != std::string::npos, name);
    BOOST_TEST(problem_of({std::string(246, 'a')}).empty());
    BOOST_TEST(problem_of({"team", "-n", "Own"}).starts_with("--namespace: 'Own' is not a namespace name"));
    BOOST_TEST(!problem_of({"team", "--output=json"}).empty());
    BOOST_TEST(problem_of({"--name", "team"}) == "unrecognised option '--name'");
}

BOOST_AUTO_TEST_CASE(each_name_has_its_own_role)
{
    auto const text = rbac_manifest(*parse_rbac({"team", "other", "-n", "own"}));
    BOOST_TEST(count(text, "\nkind: ClusterRole\n") == 2u);
    BOOST_TEST(count(text, "\nkind: ClusterRoleBinding\n") == 2u);
    BOOST_TEST(count(text, "---\n") == 3u);
    BOOST_TEST(count(text, "  name: tcr-assistant-secret-team\n") == 3u);
    BOOST_TEST(count(text, "    resourceNames: [tcr.ipsteam]\n") == 1u);
    BOOST_TEST(count(text, "    verbs: [get, list, watch, patch, delete]\n") == 2u);
    BOOST_TEST(count(text, "    namespace: own\n") == 2u);
    BOOST_TEST(count(text, "NAME") == 0u);
    BOOST_TEST(count(text, "VERBS") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rbac_command_test
