// SPDX-License-Identifier: Apache-2.0
#include <tcr/log/reported_failures.hpp>

#include <boost/test/unit_test.hpp>

namespace reported_failures_test
{

BOOST_AUTO_TEST_SUITE(reported_failures_)

BOOST_AUTO_TEST_CASE(a_failure_is_new_once_for_each_cause_and_subject)
{
    tcr::reported_failures reported;
    BOOST_TEST(reported.is_new("a", "refused"));
    BOOST_TEST(!reported.is_new("a", "refused"));
    BOOST_TEST(reported.is_new("b", "refused"));
    BOOST_TEST(reported.is_new("a", "timed out"));
    BOOST_TEST(reported.is_new("a", "refused"));
}

BOOST_AUTO_TEST_CASE(a_failure_after_a_success_is_new)
{
    tcr::reported_failures reported;
    BOOST_TEST(reported.is_new("a", "refused"));
    BOOST_TEST(reported.is_new("b", "refused"));
    reported.resolved("a");
    BOOST_TEST(reported.is_new("a", "refused"));
    BOOST_TEST(!reported.is_new("b", "refused"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace reported_failures_test
