// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/names.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace names_test
{

using namespace tcr::kube;

std::string const x63(63, 'x');
std::string const x253(253, 'x');

/// A text, and for each of the four rules, whether the text is valid.
struct verdicts
{
    std::string text;
    bool label_name;
    bool object_name;
    bool qualified_name;
    bool label_value;
};

verdicts const cases[] = {
    {"", false, false, false, true},
    {"a", true, true, true, true},
    {"0", true, true, true, true},
    {"dev-1", true, true, true, true},
    {"dev--1", true, true, true, true},
    {"-dev", false, false, false, false},
    {"dev-", false, false, false, false},
    {"-", false, false, false, false},
    {"a.b", false, true, true, true},
    {"a..b", false, false, true, true},
    {"a.-b", false, false, true, true},
    {"a-.b", false, false, true, true},
    {".a", false, false, false, false},
    {"a.", false, false, false, false},
    {".", false, false, false, false},
    {"A", false, false, true, true},
    {"a_b", false, false, true, true},
    {"_a", false, false, false, false},
    {"a b", false, false, false, false},
    {" a", false, false, false, false},
    {"a\n", false, false, false, false},
    {"a*", false, false, false, false},
    {"\xe4\xb8\xad", false, false, false, false},
    {std::string("a\0b", 3), false, false, false, false},
    {"example.com/team", false, false, true, false},
    {"example.com/Team_1", false, false, true, false},
    {"Example.com/team", false, false, false, false},
    {"/team", false, false, false, false},
    {"example.com/", false, false, false, false},
    {"a/b/c", false, false, false, false},
    {"kubernetes.io/metadata.name", false, false, true, false},
    {x63, true, true, true, true},
    {x63 + "x", false, true, false, false},
    {x253, false, true, false, false},
    {x253 + "x", false, false, false, false},
    {x253 + "/" + x63, false, false, true, false},
    {x253 + "x/a", false, false, false, false},
    {"a/" + x63 + "x", false, false, false, false},
};

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(each_rule_accepts_what_kubernetes_accepts)
{
    for (auto const& each : cases)
    {
        BOOST_TEST(is_label_name(each.text) == each.label_name, each.text);
        BOOST_TEST(is_object_name(each.text) == each.object_name, each.text);
        BOOST_TEST(is_qualified_name(each.text) == each.qualified_name, each.text);
        BOOST_TEST(is_label_value(each.text) == each.label_value, each.text);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace names_test
