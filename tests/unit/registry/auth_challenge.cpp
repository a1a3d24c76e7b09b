// SPDX-License-Identifier: Apache-2.0
#include "auth_challenge.hpp"

#include <boost/test/unit_test.hpp>

#include <string_view>

namespace auth_challenge_test
{

using namespace tcr::registry;

BOOST_AUTO_TEST_SUITE(auth_challenges)

BOOST_AUTO_TEST_CASE(a_bearer_challenge_names_its_token_server)
{
    auto const challenge = parse_challenge(
        R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="a:b,c")"
    );
    BOOST_TEST(challenge.scheme == "bearer");
    BOOST_TEST(challenge.realm == "https://auth.docker.io/token");
    BOOST_TEST(challenge.service == "registry.docker.io");
}

BOOST_AUTO_TEST_CASE(challenges_are_parsed_in_all_spellings)
{
    BOOST_TEST(parse_challenge("BASIC").scheme == "basic");
    BOOST_TEST(parse_challenge("basic Realm=x").realm == "x");
    BOOST_TEST(parse_challenge(R"(Basic realm = "a \"b\" c")").realm == R"(a "b" c)");
    BOOST_TEST(parse_challenge(R"(  Bearer   realm="r" ,  service="s"  )").service == "s");
    BOOST_TEST(parse_challenge(R"(Bearer realm="a, Basic realm=b")").scheme == "bearer");
    BOOST_TEST(parse_challenge(R"(Bearer realm="a, Basic realm=b")").realm == "a, Basic realm=b");
}

BOOST_AUTO_TEST_CASE(the_first_known_challenge_is_used)
{
    auto const challenge =
        parse_challenge(R"(Negotiate YWJj==, Digest realm="d", Basic realm="b", Bearer realm="c",service="s")"
        );
    BOOST_TEST(challenge.scheme == "basic");
    BOOST_TEST(challenge.realm == "b");
    BOOST_TEST(challenge.service.empty());
}

BOOST_AUTO_TEST_CASE(invalid_challenges_are_skipped)
{
    for (std::string_view text :
         {"", " ", ",", "=", "\"", "\"Bearer", "Digest realm=\"Basic\"", "realm=\"x\"", "=Basic", "Bearer=x"})
        BOOST_TEST_CONTEXT(text)
    BOOST_TEST(parse_challenge(text).scheme.empty());
    BOOST_TEST(parse_challenge("Bearer realm=\"cut").realm == "cut");
    BOOST_TEST(parse_challenge("Bearer realm=\"cut\\").realm == "cut\\");
    BOOST_TEST(parse_challenge("Bearer realm=").realm.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace auth_challenge_test
