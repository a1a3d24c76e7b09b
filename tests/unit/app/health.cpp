
#include "health.hpp"

#include <boost/test/unit_test.hpp>

namespace
{

using tcr::app::health_check;
using tcr::app::health_text;
using tcr::app::is_well;

std::vector<health_check> const well{{"ping", {}}, {"watch-secrets", {}}};
std::vector<health_check> const ill{{"ping", {}}, {"watch-secrets", "no event for 700 s"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(health)

BOOST_AUTO_TEST_CASE(one_word_where_all_is_well)
{
    BOOST_TEST(is_well(well));
    BOOST_TEST(health_text("healthz", well, false) == "ok");
}

BOOST_AUTO_TEST_CASE(a_line_a_check_on_demand)
{
    BOOST_TEST(
        health_text("healthz", well, true) == "[+]ping ok\n[+]watch-secrets ok\nhealthz check passed\n"
    );
}

BOOST_AUTO_TEST_CASE(a_failure_tells_which_check_and_why)
{
    BOOST_TEST(!is_well(ill));
    BOOST_TEST(
        health_text("readyz", ill, false) ==
        "[+]ping ok\n[-]watch-secrets failed: no event for 700 s\nreadyz check failed\n"
    );
}

BOOST_AUTO_TEST_SUITE_END()
