// SPDX-License-Identifier: Apache-2.0
#include "yaml_words.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace yaml_words_test
{

using kind = tcr::yaml_value::kind;

kind of_plain(std::string_view text)
{
    return tcr::kind_of_scalar("?", text);
}

BOOST_AUTO_TEST_SUITE(yaml_scalars)

BOOST_AUTO_TEST_CASE(numbers_are_those_of_go_yaml)
{
    for (std::string_view text :
         {"0",
          "1",
          "010",
          "-1",
          "+1",
          "1_000",
          "-1_0.5",
          "1.",
          "1.5",
          ".5",
          "-.5",
          "1e3",
          "1E+3",
          "1.5e-3",
          "0x1F",
          "0X1f",
          "-0xff",
          "0o17",
          "0b101",
          "0x_f",
          ".inf",
          "-.Inf",
          "+.INF",
          ".nan",
          ".NaN",
          "99999999999999999999",
          "0xffffffffffffffffff",
          "1e999",
          "1e-999"})
        BOOST_TEST((of_plain(text) == kind::number), text);
}

BOOST_AUTO_TEST_CASE(other_words_are_text)
{
    for (std::string_view text :
         {".",        "-",    "+",   "..",       ".e3",  "e3",  "1e",         "1e+", "1.2.3", "1x",   "0x",
          "0xg",      "0o8",  "0b2", "_1",       "--1",  "+-1", "-+1",        "inf", "nan",   "-inf", "-.nan",
          "infinity", "1inf", "1 2", "10.0.0.1", "1:30", "~1",  "2021-12-01", "v1",  "abc"})
        BOOST_TEST((of_plain(text) == kind::text), text);
}

BOOST_AUTO_TEST_CASE(booleans_are_those_of_yaml_1_1)
{
    for (std::string_view text : {"y", "Yes", "true", "TRUE", "on", "N", "no", "False", "OFF"})
        BOOST_TEST((of_plain(text) == kind::boolean), text);
    for (std::string_view text : {"yES", "t", "tRUE", "yess", "none"})
        BOOST_TEST((of_plain(text) == kind::text), text);
    BOOST_TEST(tcr::yaml_boolean("On").value());
    BOOST_TEST(!tcr::yaml_boolean("n").value());
}

BOOST_AUTO_TEST_CASE(a_quoted_word_is_text_and_a_tag_decides)
{
    BOOST_TEST((tcr::kind_of_scalar("!", "1") == kind::text));
    BOOST_TEST((tcr::kind_of_scalar("tag:yaml.org,2002:str", "1") == kind::text));
    BOOST_TEST((tcr::kind_of_scalar("tag:yaml.org,2002:int", "x") == kind::number));
    BOOST_TEST((tcr::kind_of_scalar("tag:yaml.org,2002:float", "1") == kind::number));
    BOOST_TEST((tcr::kind_of_scalar("tag:yaml.org,2002:bool", "1") == kind::boolean));
    BOOST_TEST((tcr::kind_of_scalar("tag:yaml.org,2002:null", "1") == kind::null));
    BOOST_TEST((tcr::kind_of_scalar("!mine", "1") == kind::text));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace yaml_words_test
