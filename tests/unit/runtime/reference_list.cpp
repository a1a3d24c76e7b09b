#include <tcr/runtime/reference_list.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(reference_list)

using strings = std::vector<std::string>;

BOOST_AUTO_TEST_CASE(ordinary_names_are_lines)
{
    BOOST_TEST(tcr::runtime::encode_references({"a", "tcr.ipsb"}) == "a\ntcr.ipsb\n");
    BOOST_TEST(tcr::runtime::encode_references({}) == "");
}

BOOST_AUTO_TEST_CASE(every_list_comes_back_as_it_was)
{
    for (auto const& list :
         {strings{}, {""}, {"", ""}, {"a", "", "b"}, {"a\nb", "c"}, {"\\", "\\n", "\n"}, {"a\\\nb", "n"}})
        BOOST_TEST(
            (tcr::runtime::decode_references(tcr::runtime::encode_references(list)) == list),
            "a list of " << list.size()
        );
}

BOOST_AUTO_TEST_CASE(a_name_with_a_line_break_is_no_two_names)
{
    BOOST_TEST(
        tcr::runtime::encode_references({"a\nb"}) != tcr::runtime::encode_references(strings{"a", "b"})
    );
}

BOOST_AUTO_TEST_SUITE_END()
