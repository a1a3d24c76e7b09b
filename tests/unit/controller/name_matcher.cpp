// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/name_matcher.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace name_matcher_test
{

using tcr::controller::name_matcher;
using strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(name_matching)

BOOST_AUTO_TEST_CASE(an_empty_list_or_a_star_matches_any_name)
{
    for (auto const* list : {"", "*", " ", " * ", "\t\n", "\n*\r\n"})
    {
        name_matcher const matcher(list);
        BOOST_TEST(matcher.matches_all(), "'" << list << "'");
        BOOST_TEST(matcher.matches("default"));
        BOOST_TEST(matcher.matches("x"));
        BOOST_TEST(matcher.names().empty());
    }
    BOOST_TEST(name_matcher().matches_all());
    BOOST_TEST(name_matcher().matches("default"));
}

BOOST_AUTO_TEST_CASE(names_are_separated_by_commas_and_blanks_around_them_ignored)
{
    for (auto const* list : {"a,b", " a , b ", "b,a", "\ta,\nb\r\n", "a,,b", ",a,b,", "a,b,a, b"})
    {
        name_matcher const matcher(list);
        BOOST_TEST(!matcher.matches_all(), "'" << list << "'");
        BOOST_TEST(matcher.matches("a"), "'" << list << "'");
        BOOST_TEST(matcher.matches("b"), "'" << list << "'");
        BOOST_TEST(!matcher.matches("c"), "'" << list << "'");
        BOOST_TEST(!matcher.matches(""), "'" << list << "'");
        BOOST_TEST(matcher.names() == (strings{"a", "b"}), boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(a_name_matches_only_as_a_whole)
{
    name_matcher const matcher("team-a,default");
    BOOST_TEST(matcher.matches("default"));
    for (auto const* other :
         {"team", "team-", "team-ab", "a", "efault", "default ", "Default", "team-a,default"})
        BOOST_TEST(!matcher.matches(other), other);
}

BOOST_AUTO_TEST_CASE(expressions_are_not_supported)
{
    name_matcher const matcher("team-*,a.c,[x],?");
    for (auto const* other : {"team-a", "abc", "x", "y"})
        BOOST_TEST(!matcher.matches(other), other);
    // "*" is a wildcard only if the whole list is "*".
    name_matcher const mixed("*,a");
    BOOST_TEST(!mixed.matches_all());
    BOOST_TEST(!mixed.matches("b"));
    BOOST_TEST(mixed.matches("a"));
    BOOST_TEST(!name_matcher("**").matches("a"));
}

BOOST_AUTO_TEST_CASE(a_list_of_commas_matches_nothing)
{
    // An empty text means all names, but a text of separators is a list without names.
    name_matcher const matcher(" , ,");
    BOOST_TEST(!matcher.matches_all());
    BOOST_TEST(!matcher.matches("a"));
    BOOST_TEST(!matcher.matches(""));
}

BOOST_AUTO_TEST_CASE(a_long_list_finds_each_of_its_names)
{
    std::string list;
    for (int i = 0; i < 10'000; ++i)
        list += "namespace-" + std::to_string((i * 7919) % 10'000) + " ,";
    name_matcher const matcher(list);
    BOOST_TEST(matcher.names().size() == 10'000u);
    int found = 0;
    for (int i = 0; i < 10'000; ++i)
        found += matcher.matches("namespace-" + std::to_string(i));
    BOOST_TEST(found == 10'000);
    BOOST_TEST(!matcher.matches("namespace-10000"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace name_matcher_test
