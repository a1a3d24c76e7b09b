// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/label_selector.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace label_selector_test
{

using tcr::controller::label_selector;
using op = label_selector::op;
using strings = std::vector<std::string>;

/// Whether a selector with one requirement selects namespace "team" with these labels.
bool selects(std::string key, op how, strings values, std::string_view labels)
{
    label_selector selector;
    selector.requirements.push_back({std::move(key), how, std::move(values)});
    return selector.matches("team", labels);
}

constexpr std::string_view labels = "a.b/c=x\nempty=\nenv=prod\ntier=front=end\n";

BOOST_AUTO_TEST_SUITE(label_selection)

BOOST_AUTO_TEST_CASE(no_requirement_selects_everything)
{
    BOOST_TEST(label_selector().matches("team", labels));
    BOOST_TEST(label_selector().matches("team", ""));
}

BOOST_AUTO_TEST_CASE(in_requires_one_of_the_values)
{
    BOOST_TEST(selects("env", op::in, {"prod"}, labels));
    BOOST_TEST(selects("env", op::in, {"dev", "prod"}, labels));
    BOOST_TEST(!selects("env", op::in, {"dev"}, labels));
    BOOST_TEST(!selects("env", op::in, {"pro", "prod2", "PROD"}, labels));
    BOOST_TEST(!selects("env", op::in, {}, labels));
    BOOST_TEST(!selects("absent", op::in, {"prod", ""}, labels));
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_a_value)
{
    BOOST_TEST(selects("empty", op::in, {""}, labels));
    BOOST_TEST(selects("empty", op::exists, {}, labels));
    BOOST_TEST(!selects("empty", op::not_in, {""}, labels));
    BOOST_TEST(!selects("empty", op::does_not_exist, {}, labels));
}

BOOST_AUTO_TEST_CASE(not_in_is_also_true_where_the_label_is_absent)
{
    BOOST_TEST(!selects("env", op::not_in, {"dev", "prod"}, labels));
    BOOST_TEST(selects("env", op::not_in, {"dev"}, labels));
    BOOST_TEST(selects("absent", op::not_in, {"dev"}, labels));
    BOOST_TEST(selects("env", op::not_in, {"prod"}, ""));
}

BOOST_AUTO_TEST_CASE(exists_and_does_not_exist_check_only_the_key)
{
    BOOST_TEST(selects("env", op::exists, {}, labels));
    BOOST_TEST(!selects("absent", op::exists, {}, labels));
    BOOST_TEST(!selects("env", op::does_not_exist, {}, labels));
    BOOST_TEST(selects("absent", op::does_not_exist, {}, labels));
    BOOST_TEST(selects("env", op::does_not_exist, {}, ""));
}

BOOST_AUTO_TEST_CASE(an_unknown_operator_selects_nothing)
{
    for (auto const* word : {"", "in", "exists", "Equals", "In "})
        BOOST_TEST((label_selector::operator_of(word) == op::unknown), word);
    BOOST_TEST((label_selector::operator_of("NotIn") == op::not_in));
    BOOST_TEST(!selects("env", op::unknown, {"prod"}, labels));
    BOOST_TEST(!selects("absent", op::unknown, {}, labels));
}

BOOST_AUTO_TEST_CASE(keys_are_whole_and_values_are_not_keys)
{
    for (auto const* key : {"en", "nv", "envi", "prod", "a.b", "c", "x", "", "tier=front"})
        BOOST_TEST(!selects(key, op::exists, {}, labels), key);
    BOOST_TEST(selects("a.b/c", op::in, {"x"}, labels));
    BOOST_TEST(selects("tier", op::in, {"front=end"}, labels));
}

BOOST_AUTO_TEST_CASE(all_requirements_must_hold)
{
    label_selector selector;
    selector.requirements = {{"env", op::in, {"prod"}}, {"absent", op::does_not_exist, {}}};
    BOOST_TEST(selector.matches("team", labels));
    selector.requirements.push_back({"empty", op::in, {"x"}});
    BOOST_TEST(!selector.matches("team", labels));
    selector.requirements = {{"env", op::in, {"prod"}}, {"env", op::not_in, {"prod"}}};
    BOOST_TEST(!selector.matches("team", labels));
}

BOOST_AUTO_TEST_CASE(every_namespace_has_its_name_as_a_label)
{
    std::string const key = "kubernetes.io/metadata.name";
    BOOST_TEST(selects(key, op::in, {"other", "team"}, labels));
    BOOST_TEST(!selects(key, op::in, {"other"}, labels));
    BOOST_TEST(!selects(key, op::not_in, {"team"}, ""));
    BOOST_TEST(selects(key, op::not_in, {"kube-system"}, ""));
    BOOST_TEST(selects(key, op::exists, {}, ""));
    BOOST_TEST(!selects(key, op::does_not_exist, {}, ""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace label_selector_test
