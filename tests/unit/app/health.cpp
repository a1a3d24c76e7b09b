// SPDX-License-Identifier: Apache-2.0
#include "health.hpp"

#include <boost/test/unit_test.hpp>

namespace health_test
{

using tcr::app::health_check;
using tcr::app::health_page;

std::vector<health_check> const passing{{"ping", {}}, {"watch-secrets", {}}};
std::vector<health_check> const failing{{"ping", {}}, {"watch-secrets", "no event for 700 s"}};

tcr::net::server_request request(std::string const& query = {})
{
    tcr::net::server_request asked;
    asked.query = query;
    return asked;
}

BOOST_AUTO_TEST_SUITE(health)

BOOST_AUTO_TEST_CASE(passing_checks_answer_ok)
{
    auto const page = health_page("healthz", passing, request());
    BOOST_TEST(page.status == 200u);
    BOOST_TEST(page.body == "ok");
}

BOOST_AUTO_TEST_CASE(a_query_shows_one_line_per_check)
{
    for (auto const* query : {"verbose", "verbose=", "verbose=1"})
    {
        auto const page = health_page("healthz", passing, request(query));
        BOOST_TEST(page.status == 200u);
        BOOST_TEST(page.body == "[+]ping ok\n[+]watch-secrets ok\nhealthz check passed\n");
    }
    BOOST_TEST(health_page("healthz", passing, request("verbosely")).body == "ok");
}

BOOST_AUTO_TEST_CASE(a_failure_shows_the_check_and_the_reason)
{
    auto const page = health_page("readyz", failing, request());
    BOOST_TEST(page.status == 500u);
    BOOST_TEST(page.body == "[+]ping ok\n[-]watch-secrets failed: no event for 700 s\nreadyz check failed\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace health_test
