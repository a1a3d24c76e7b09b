#include <tcr/runtime/reference_list.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(references)

using tcr::runtime::decode_references;
using tcr::runtime::reference_list;
using strings = std::vector<std::string>;

BOOST_AUTO_TEST_CASE(ordinary_names_are_lines)
{
    BOOST_TEST(reference_list(strings{"a", "tcr.ipsb"}).text() == "a\ntcr.ipsb\n");
    BOOST_TEST(reference_list(strings{}).text() == "");
}

BOOST_AUTO_TEST_CASE(every_list_comes_back_as_it_was)
{
    for (auto const& list :
         {strings{}, {""}, {"", ""}, {"a", "", "b"}, {"a\nb", "c"}, {"\\", "\\n", "\n"}, {"a\\\nb", "n"}})
        BOOST_TEST((decode_references(reference_list(list).text()) == list), "a list of " << list.size());
}

BOOST_AUTO_TEST_CASE(a_name_is_found_as_a_whole_entry_only)
{
    using tcr::runtime::names_reference;
    reference_list const list(strings{"", "tcr.ipsb", "a\ntcr.ipsc", "tcr.ipsd"});
    BOOST_TEST(names_reference(list.text(), "tcr.ipsb"));
    BOOST_TEST(names_reference(list.text(), "tcr.ipsd"));
    BOOST_TEST(!names_reference(list.text(), "tcr.ips"));
    BOOST_TEST(!names_reference(list.text(), "tcr.ipsc"));
    BOOST_TEST(!names_reference(reference_list(strings{}).text(), "a"));
}

BOOST_AUTO_TEST_CASE(a_name_with_a_line_break_is_no_two_names)
{
    BOOST_TEST(reference_list(strings{"a\nb"}).text() != reference_list(strings{"a", "b"}).text());
}

BOOST_AUTO_TEST_CASE(an_entry_has_no_name_until_it_gets_one_and_keeps_the_last)
{
    reference_list list;
    list.add_entry();
    BOOST_TEST(list.text() == "\n");
    list.add_entry();
    list.name_entry("long\nname");
    list.name_entry("b");
    list.add_entry();
    BOOST_TEST(list.text() == "\nb\n\n");
}

BOOST_AUTO_TEST_CASE(a_cleared_list_is_a_new_one)
{
    reference_list list(strings{"a", "b"});
    list.clear();
    BOOST_TEST(list.text() == "");
    list.add_entry();
    list.name_entry("c");
    BOOST_TEST(list.text() == "c\n");
}

BOOST_AUTO_TEST_SUITE_END()
