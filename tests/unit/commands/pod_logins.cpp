// SPDX-License-Identifier: Apache-2.0
#include <tcr/commands/pod_logins.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace pod_logins_test
{

using namespace tcr::commands;

namespace_facts sample()
{
    namespace_facts facts;
    facts.secrets["team"].logins = {{"https://r.example.com/team"}, {"other.example.com"}};
    facts.secrets["host"].logins = {{"r.example.com"}, {"*.example.com", true}};
    facts.secrets["hub"].logins = {{"https://index.docker.io/v1/"}};
    return facts;
}

/// The logins as "SECRET KEY", in the order in which kubelet tries them.
std::string tried(std::vector<std::string> references, std::string_view repository)
{
    std::string text;
    for (auto const& each : pod_logins({.name = "p", .references = references}, sample()).lookup(repository))
        text += (text.empty() ? "" : ", ") + each.secret + " " + each.key + (each.is_empty ? " empty" : "");
    return text;
}

BOOST_AUTO_TEST_SUITE(logins_of_pods)

BOOST_AUTO_TEST_CASE(longer_keys_come_first_whatever_the_order_of_the_secrets)
{
    auto const* const all = "team r.example.com/team, host r.example.com, host *.example.com empty";
    BOOST_TEST(tried({"host", "team"}, "r.example.com/team/app") == all);
    BOOST_TEST(tried({"team", "host"}, "r.example.com/team/app") == all);
    BOOST_TEST(
        tried({"team", "host"}, "r.example.com/app") == "host r.example.com, host *.example.com empty"
    );
}

BOOST_AUTO_TEST_CASE(equal_keys_come_in_the_order_of_the_pods_list)
{
    auto facts = sample();
    facts.secrets["second"].logins = {{"http://r.example.com"}};
    auto const first_secret = [&](std::vector<std::string> references)
    {
        return pod_logins({.name = "p", .references = references}, facts)
            .lookup("r.example.com/app")
            .front()
            .secret;
    };
    BOOST_TEST(first_secret({"second", "host"}) == "second");
    BOOST_TEST(first_secret({"host", "second"}) == "host");
}

BOOST_AUTO_TEST_CASE(secrets_that_the_pod_does_not_reference_have_no_effect)
{
    BOOST_TEST(tried({"team"}, "r.example.com/app") == "");
    BOOST_TEST(tried({"", "missing", "hub"}, "docker.io/library/nginx") == "hub index.docker.io");
}

BOOST_AUTO_TEST_CASE(a_key_is_shown_without_its_credential)
{
    namespace_facts facts;
    facts.secrets["s"].logins = {{"https://user:unspeakable@r.example.com"}, {"r.example.com:bad/"}};
    auto const found = pod_logins({.name = "p", .references = {"s"}}, facts).lookup("r.example.com/a");
    BOOST_TEST((found == std::vector<image_login>{{"s", "r.example.com"}}));
}

BOOST_AUTO_TEST_CASE(secrets_that_are_unknown_or_unusable_are_noticed)
{
    namespace_facts facts;
    facts.unchecked_secrets["unknown"];
    facts.secrets["broken"].problem = "it is not JSON";
    pod_logins const none({.name = "p"}, facts);
    BOOST_TEST(!none.has_unchecked_secret());
    BOOST_TEST(none.unusable_secret() == "");
    pod_logins const both({.name = "p", .references = {"unknown", "broken"}}, facts);
    BOOST_TEST(both.has_unchecked_secret());
    BOOST_TEST(both.unusable_secret() == "broken");
}

BOOST_AUTO_TEST_CASE(a_key_is_for_repositories_by_kubelets_rule)
{
    BOOST_TEST(is_login_for("r.example.com/a", "r.example.com/ab"));
    BOOST_TEST(is_login_for("https://index.docker.io/v1/", "docker.io/library/nginx"));
    BOOST_TEST(!is_login_for("r.example.com", "r.example.com:443/a"));
    BOOST_TEST(!is_login_for("", "r.example.com/a"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace pod_logins_test
