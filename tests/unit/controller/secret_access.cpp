// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/secret_access.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace secret_access_test
{

using namespace tcr;
using namespace tcr::controller;
using strings = std::vector<std::string>;

strings const needed{"get", "list", "watch", "patch", "delete"};

kube::access_rule rule(strings names, strings verbs = needed)
{
    return {std::move(verbs), {""}, {"secrets"}, std::move(names)};
}

kube::rules_review review(std::vector<kube::access_rule> rules)
{
    return {std::move(rules), false};
}

BOOST_AUTO_TEST_SUITE(secret_accesses)

BOOST_AUTO_TEST_CASE(at_first_all_secrets_are_allowed)
{
    secret_access const all;
    BOOST_TEST(!all.is_by_name());
    BOOST_TEST(all.allows("tcr.ipsteam"));
    BOOST_TEST(all.problem_of("team").empty());
}

BOOST_AUTO_TEST_CASE(a_secret_without_access_has_the_command_that_grants_it)
{
    secret_access const two({"tcr.ipsa", "tcr.ipsb"}, "tcr-assistant-system");
    BOOST_TEST(two.is_by_name());
    BOOST_TEST(two.allows("tcr.ipsa"));
    BOOST_TEST(!two.allows("tcr.ips"));
    BOOST_TEST(two.problem_of("b").empty());
    BOOST_TEST(
        two.problem_of("team") ==
        "the controller may not access Secret tcr.ipsteam, so nothing is written or removed; grant the "
        "access "
        "with: tcr-assistant rbac team | kubectl apply -f -"
    );
    BOOST_TEST(secret_access({}, "own").problem_of("team").ends_with(
        "with: tcr-assistant rbac --namespace own team | kubectl apply -f -"
    ));
    BOOST_TEST(secret_access({}, "own").is_by_name());
}

BOOST_AUTO_TEST_CASE(names_with_all_verbs_are_granted)
{
    auto const granted = granted_names(review({rule({"tcr.ipsa", "tcr.ipsb"}), rule({"tcr.ipsc"}, {"*"})}));
    BOOST_TEST((granted == secret_names{"tcr.ipsa", "tcr.ipsb", "tcr.ipsc"}));
}

BOOST_AUTO_TEST_CASE(verbs_may_be_in_several_rules)
{
    auto const granted = granted_names(review(
        {rule({"tcr.ipsa"}, {"get", "list"}), rule({"tcr.ipsa", "tcr.ipsb"}, {"watch", "patch", "delete"})}
    ));
    BOOST_TEST((granted == secret_names{"tcr.ipsa"}));
}

BOOST_AUTO_TEST_CASE(a_rule_for_all_secrets_completes_those_with_names)
{
    auto const granted =
        granted_names(review({rule({}, {"get"}), rule({"tcr.ipsa"}, {"list", "watch", "patch", "delete"})}));
    BOOST_TEST((granted == secret_names{"tcr.ipsa"}));
}

BOOST_AUTO_TEST_CASE(fewer_verbs_may_be_enough)
{
    constexpr std::string_view list_only[] = {"list"};
    auto const some = review({rule({"tcr.ipsa"}, {"get", "list"}), rule({"tcr.ipsb"}, {"get"})});
    BOOST_TEST((granted_names(some, list_only) == secret_names{"tcr.ipsa"}));
    BOOST_TEST(granted_names(some).empty());
}

BOOST_AUTO_TEST_CASE(other_names_and_types_are_no_pull_secrets)
{
    auto other_type = rule({"tcr.ipsa"});
    other_type.resources = {"configmaps"};
    auto other_group = rule({"tcr.ipsa"});
    other_group.groups = {"apps"};
    BOOST_TEST(granted_names(review({other_type, other_group, rule({"registry"})})).empty());
    // A rule for all objects without `list` is no access by name.
    BOOST_TEST(granted_names(review({rule({}, {"create"})})).empty());
    BOOST_TEST(granted_names(review({})).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace secret_access_test
