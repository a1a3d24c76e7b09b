// SPDX-License-Identifier: Apache-2.0
#include <tcr/metrics/exposition.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

namespace exposition_test
{

using tcr::metrics::exposition;

/// Writes a page with one gauge of this value. \return the text of the value on the page
std::string written(double value)
{
    exposition page;
    page.gauge("g", "h", value);
    auto const text = page.text();
    std::string_view const start = "# HELP g h\n# TYPE g gauge\ng ";
    BOOST_TEST_REQUIRE(text.starts_with(start));
    BOOST_TEST_REQUIRE(text.ends_with('\n'));
    return text.substr(start.size(), text.size() - start.size() - 1);
}

BOOST_AUTO_TEST_SUITE(exposition_text)

BOOST_AUTO_TEST_CASE(an_empty_page_is_empty)
{
    BOOST_TEST(exposition().text().empty());
    BOOST_TEST(exposition::content_type == "text/plain; version=0.0.4; charset=utf-8");
}

BOOST_AUTO_TEST_CASE(series_of_a_family_stand_together_in_the_order_of_first_use)
{
    exposition page;
    page.counter("b_total", "Counted b.", {{"code", "200"}, {"method", "GET"}}, 17);
    page.gauge("a", "How much of a.", 0.5);
    page.counter("b_total", "Counted b.", {{"code", "404"}, {"method", "GET"}}, 3);
    page.counter("c_total", "Counted c.", 0);
    BOOST_TEST(
        page.text() ==
        "# HELP b_total Counted b.\n"
        "# TYPE b_total counter\n"
        "b_total{code=\"200\",method=\"GET\"} 17\n"
        "b_total{code=\"404\",method=\"GET\"} 3\n"
        "# HELP a How much of a.\n"
        "# TYPE a gauge\n"
        "a 0.5\n"
        "# HELP c_total Counted c.\n"
        "# TYPE c_total counter\n"
        "c_total 0\n"
    );
}

BOOST_AUTO_TEST_CASE(any_label_value_is_escaped)
{
    exposition page;
    page.gauge("g", "h", {{"l", "a\"b\\c\nd{}=, ü"}}, 1);
    page.gauge("g", "h", {{"l", ""}}, 2);
    BOOST_TEST(
        page.text() ==
        "# HELP g h\n# TYPE g gauge\n"
        "g{l=\"a\\\"b\\\\c\\nd{}=, ü\"} 1\n"
        "g{l=\"\"} 2\n"
    );
}

BOOST_AUTO_TEST_CASE(a_histogram_is_written_cumulative_with_its_last_bucket_sum_and_count)
{
    tcr::histogram seconds({0.005, 0.1, 1, 10});
    for (double value : {0.001, 0.05, 0.05, 0.5, 5.0, 50.0})
        seconds.observe(value);
    exposition page;
    page.histogram("h_seconds", "How long.", {{"verb", "LIST"}}, seconds);
    BOOST_TEST(
        page.text() ==
        "# HELP h_seconds How long.\n"
        "# TYPE h_seconds histogram\n"
        "h_seconds_count{verb=\"LIST\"} 6\n"
        "h_seconds_sum{verb=\"LIST\"} 55.601\n"
        "h_seconds_bucket{verb=\"LIST\",le=\"0.005\"} 1\n"
        "h_seconds_bucket{verb=\"LIST\",le=\"0.1\"} 3\n"
        "h_seconds_bucket{verb=\"LIST\",le=\"1\"} 4\n"
        "h_seconds_bucket{verb=\"LIST\",le=\"10\"} 5\n"
        "h_seconds_bucket{verb=\"LIST\",le=\"+Inf\"} 6\n"
    );
}

BOOST_AUTO_TEST_CASE(a_histogram_without_labels_or_values)
{
    exposition page;
    page.histogram("h", "x", tcr::histogram({2}));
    BOOST_TEST(
        page.text() ==
        "# HELP h x\n# TYPE h histogram\nh_count 0\nh_sum 0\nh_bucket{le=\"2\"} 0\nh_bucket{le=\"+Inf\"} 0\n"
    );
}

BOOST_AUTO_TEST_CASE(numbers_keep_their_digits)
{
    BOOST_TEST(written(0) == "0");
    BOOST_TEST(written(-1.25) == "-1.25");
    BOOST_TEST(written(0.1) == "0.1");
    BOOST_TEST(written(1e-7) == "1e-07");
    BOOST_TEST(written(1'800'000'000.12) == "1800000000.12");
    BOOST_TEST(written(9'007'199'254'740'992) == "9007199254740992");
    BOOST_TEST(written(std::numeric_limits<double>::infinity()) == "+Inf");
    BOOST_TEST(written(-std::numeric_limits<double>::infinity()) == "-Inf");
}

BOOST_AUTO_TEST_CASE(a_page_may_be_large)
{
    exposition page;
    for (int i = 0; i < 2'000; ++i)
        page.counter("x_total", "h", {{"n", std::to_string(i)}}, i);
    auto const text = page.text();
    BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 2'002);
    BOOST_TEST(text.ends_with("\nx_total{n=\"1999\"} 1999\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace exposition_test
