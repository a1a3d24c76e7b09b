// SPDX-License-Identifier: Apache-2.0
#include "look_alikes.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace look_alikes_test
{

using tcr::controller::find_look_alike;
using tcr::controller::without_look_alikes;

BOOST_AUTO_TEST_SUITE(look_alikes)

BOOST_AUTO_TEST_CASE(the_first_one_is_found_and_named)
{
    std::pair<char const*, char const*> const cases[] = {
        {"dev，prod、test", R"("，" (U+FF0C, full-width comma))"},
        {"a、b", R"("、" (U+3001, ideographic comma))"},
        {"a；b", R"("；" (U+FF1B, full-width semicolon))"},
        {"中：", R"("：" (U+FF1A, full-width colon))"},
        {"a\u200b", "\"\u200b\" (U+200B, zero-width space)"},
    };
    for (auto const& [text, shown] : cases)
    {
        auto const* found = find_look_alike(text);
        BOOST_TEST_REQUIRE(found != nullptr, text);
        BOOST_TEST(found->shown() == shown);
    }
    for (auto const* text : {"", "a,b", "中文", "\xff\xef\xbc", "é"})
        BOOST_TEST(find_look_alike(text) == nullptr, text);
}

BOOST_AUTO_TEST_CASE(all_are_replaced)
{
    std::pair<char const*, char const*> const cases[] = {
        {"", ""},
        {"a,b", "a,b"},
        {"dev，prod、test；x", "dev,prod,test,x"},
        {"10。0．0.5：5000／a", "10.0.0.5:5000/a"},
        {"＊", "*"},
        {"a－b‐c–d", "a-b-c-d"},
        {"\ufeff　a\u00a0\u200b,b", " a ,b"},
        {"中\xff", "中\xff"},
    };
    for (auto const& [text, plain] : cases)
        BOOST_TEST(without_look_alikes(text) == plain);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace look_alikes_test
