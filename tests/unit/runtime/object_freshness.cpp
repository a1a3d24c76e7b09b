// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/object_freshness.hpp>

#include <boost/test/unit_test.hpp>

namespace object_freshness_test
{

BOOST_AUTO_TEST_SUITE(freshness_of_one_object)

using tcr::runtime::object_freshness;

BOOST_AUTO_TEST_CASE(between_lists_the_newer_version_wins)
{
    object_freshness known;
    known.begin_list();
    BOOST_TEST(known.take_listed(5));
    BOOST_TEST(!known.end_list(10));
    BOOST_TEST(known.take(11));
    BOOST_TEST(!known.take(10));
    BOOST_TEST(known.take(11));  // the same version has the same content
    BOOST_TEST(known.take(12));
}

BOOST_AUTO_TEST_CASE(a_list_is_taken_whatever_was_known_before)
{
    object_freshness known;
    BOOST_TEST(known.take(1000));
    known.begin_list();
    BOOST_TEST(known.take_listed(20));
    BOOST_TEST(!known.end_list(30));
    BOOST_TEST(known.take(31));
    known.begin_list();
    BOOST_TEST(known.end_list(15));
    BOOST_TEST(known.take(16));
}

BOOST_AUTO_TEST_CASE(an_answer_newer_than_the_list_stays)
{
    object_freshness known;
    BOOST_TEST(known.take(1000));
    known.begin_list();
    BOOST_TEST(known.take(25));  // a version of the new history
    BOOST_TEST(!known.take(24));
    BOOST_TEST(!known.take_listed(20));
    BOOST_TEST(!known.end_list(22));
    BOOST_TEST(known.take(26));
    known.begin_list();
    BOOST_TEST(known.take(40));
    BOOST_TEST(!known.end_list(35));
    known.begin_list();
    BOOST_TEST(known.take(50));
    BOOST_TEST(known.take_listed(51));
    BOOST_TEST(!known.end_list(60));
    known.begin_list();
    BOOST_TEST(known.take(70));
    BOOST_TEST(known.end_list(71));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace object_freshness_test
