// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/reference_list.hpp>

#include <boost/test/unit_test.hpp>

namespace reference_list_test
{

BOOST_AUTO_TEST_SUITE(references)

using tcr::runtime::decode_references;
using tcr::runtime::list_extent;
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
    list.add_entry();
    list.name_piece("long\nname", true);
    list.name_piece("b", true);
    list.add_entry();
    list.finish();
    BOOST_TEST(list.text() == "\nb\n\n");
}

BOOST_AUTO_TEST_CASE(a_name_that_is_replaced_is_not_counted)
{
    reference_list list;
    auto const entries = reference_list::max_bytes / (reference_list::bytes_per_entry + 1);
    for (std::size_t i = 0; i < entries; ++i)
    {
        list.add_entry();
        list.name_piece("replaced", true);
        list.name_piece("b", true);
    }
    list.finish();
    BOOST_TEST((list.extent() != list_extent::too_long));
}

BOOST_AUTO_TEST_CASE(a_name_comes_in_pieces_of_any_size)
{
    for (std::size_t size : {1, 2, 3, 100})
    {
        reference_list list;
        for (std::string_view name : {"tcr.ipsb", "", "with\nbreak\\"})
        {
            list.add_entry();
            for (; name.size() > size; name.remove_prefix(size))
                list.name_piece(name.substr(0, size), false);
            list.name_piece(name, true);
        }
        list.finish();
        BOOST_TEST(list.text() == "tcr.ipsb\n\nwith\\nbreak\\\\\n");
    }
}

BOOST_AUTO_TEST_CASE(a_cleared_list_is_a_new_one)
{
    reference_list list(strings{"a", "b"});
    list.clear();
    BOOST_TEST(list.text() == "");
    list.add_entry();
    list.name_piece("c", true);
    list.finish();
    BOOST_TEST(list.text() == "c\n");
}

struct bounds
{
    reference_list list{"tcr.ips"};

    void add(std::string_view name)
    {
        list.add_entry();
        // The test passes a name in pieces, like the parser.
        for (; name.size() > 1000; name.remove_prefix(1000))
            list.name_piece(name.substr(0, 1000), false);
        list.name_piece(name, true);
    }
    void add_others(std::size_t bytes)
    {
        for (std::size_t sum = 0; sum < bytes; sum += 10)
            add("not-ours-");
    }
};

BOOST_FIXTURE_TEST_CASE(a_list_is_kept_whole_up_to_its_limit, bounds)
{
    add("tcr.ipsa");
    add_others(reference_list::max_whole_bytes - 30);
    list.finish();
    BOOST_TEST((list.extent() == list_extent::whole));
    BOOST_TEST(list.own_text() == "tcr.ipsa\n");
    add(std::string(reference_list::max_whole_bytes - list.text().size() - 1, 'x'));
    list.finish();
    BOOST_TEST((list.extent() == list_extent::whole));
    BOOST_TEST(list.text().size() == reference_list::max_whole_bytes);
    list.add_entry();
    list.finish();
    BOOST_TEST((list.extent() == list_extent::own_only));
    BOOST_TEST(list.text() == "tcr.ipsa\n");
}

BOOST_FIXTURE_TEST_CASE(past_it_only_our_entries_are_kept_in_order, bounds)
{
    add("tcr.ipsz");
    add_others(3000);
    add("tcr.ipsa");
    add_others(3000);
    add("tcr.ipsz");
    add("tcr.ip");
    add("");
    list.add_entry();
    add("tcr.ipsb");
    add("tcr.ips" + std::string(246, 'x'));
    add("tcr.ips" + std::string(247, 'x'));
    list.finish();
    BOOST_TEST((list.extent() == list_extent::own_only));
    BOOST_TEST(
        list.text() == "tcr.ipsz\ntcr.ipsa\ntcr.ipsz\ntcr.ipsb\ntcr.ips" + std::string(246, 'x') + "\n"
    );
    BOOST_TEST(list.own_text() == list.text());
}

BOOST_FIXTURE_TEST_CASE(one_long_name_is_not_ours, bounds)
{
    add("tcr.ipsa");
    add("tcr.ips" + std::string(10'000, 'x'));
    add("tcr.ipsb");
    list.finish();
    BOOST_TEST((list.extent() == list_extent::own_only));
    BOOST_TEST(list.text() == "tcr.ipsa\ntcr.ipsb\n");
}

BOOST_FIXTURE_TEST_CASE(a_list_that_is_not_rewritten_is_not_kept, bounds)
{
    std::string const name = "tcr.ips" + std::string(89, 'x');
    constexpr auto bytes = reference_list::bytes_per_entry + 96;
    for (std::size_t i = 0; i < reference_list::max_bytes / bytes; ++i)
        add(name);
    list.finish();
    BOOST_TEST((list.extent() == list_extent::own_only));
    BOOST_TEST(list.text().size() == reference_list::max_bytes / bytes * 97);
    list.add_entry();
    list.finish();
    BOOST_TEST((list.extent() == list_extent::too_long), "an entry without a name counts, too");
    BOOST_TEST(list.text() == "");
    BOOST_TEST(list.own_text() == "");
    for (int i = 0; i < 1000; ++i)
        add(name);
    list.finish();
    BOOST_TEST((list.extent() == list_extent::too_long));
    BOOST_TEST(list.text() == "");
    list.clear();
    add("a");
    list.finish();
    BOOST_TEST((list.extent() == list_extent::whole));
    BOOST_TEST(list.text() == "a\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace reference_list_test
