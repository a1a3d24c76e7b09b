// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/histogram.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

namespace histogram_test
{

using tcr::histogram;

std::vector<std::uint64_t> counts(histogram const& of)
{
    return {of.counts().begin(), of.counts().end()};
}

BOOST_AUTO_TEST_SUITE(histograms)

BOOST_AUTO_TEST_CASE(a_new_one_is_all_zero)
{
    histogram const fresh({0.5, 1, 2});
    BOOST_TEST(counts(fresh) == (std::vector<std::uint64_t>{0, 0, 0, 0}), boost::test_tools::per_element());
    BOOST_TEST(fresh.sum() == 0);
    BOOST_TEST(fresh.count() == 0u);
    BOOST_TEST(fresh.upper_bounds().size() == 3u);
    BOOST_TEST(fresh.upper_bounds()[1] == 1);
}

BOOST_AUTO_TEST_CASE(a_value_is_counted_once_in_the_first_bucket_that_holds_it)
{
    histogram sizes({0.5, 1, 2});
    for (double value : {-3.0, 0.0, 0.5, 0.500001, 1.0, 1.5, 2.0, 2.5, 1e300})
        sizes.observe(value);
    BOOST_TEST(counts(sizes) == (std::vector<std::uint64_t>{3, 2, 2, 2}), boost::test_tools::per_element());
    BOOST_TEST(sizes.count() == 9u);
}

BOOST_AUTO_TEST_CASE(the_sum_is_of_all_values)
{
    histogram sizes({1});
    for (double value : {0.25, 0.5, 4.0})
        sizes.observe(value);
    BOOST_TEST(sizes.sum() == 4.75);
}

BOOST_AUTO_TEST_CASE(infinities_are_counted_and_what_is_no_number_is_not)
{
    histogram sizes({1});
    sizes.observe(std::numeric_limits<double>::quiet_NaN());
    BOOST_TEST(sizes.count() == 0u);
    BOOST_TEST(sizes.sum() == 0);
    sizes.observe(-std::numeric_limits<double>::infinity());
    BOOST_TEST(counts(sizes) == (std::vector<std::uint64_t>{1, 0}), boost::test_tools::per_element());
    histogram others({1});
    others.observe(std::numeric_limits<double>::infinity());
    BOOST_TEST(counts(others) == (std::vector<std::uint64_t>{0, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_bounds_all_values_share_one_bucket)
{
    histogram all({});
    all.observe(-1);
    all.observe(1e9);
    BOOST_TEST(counts(all) == std::vector<std::uint64_t>{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace histogram_test
