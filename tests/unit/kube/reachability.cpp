// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/reachability.hpp>

#include <boost/test/unit_test.hpp>

namespace reachability_test
{

using namespace std::chrono_literals;
using tcr::kube::reachability;

reachability::time_point at(std::chrono::seconds since_begin)
{
    return reachability::time_point(1h) + since_begin;
}

/// Records an answer of the server every 2 s, from `from` to `to`.
void answer(reachability& server, std::chrono::seconds from, std::chrono::seconds to)
{
    for (auto each = from; each <= to; each += 2s)
        server.answered(at(each));
}

BOOST_AUTO_TEST_SUITE(server_reachability)

BOOST_AUTO_TEST_CASE(a_silent_watch_is_stalled_if_the_server_answers)
{
    reachability server(30s);
    answer(server, 0s, 60s);
    BOOST_TEST(!server.is_stalled(at(0s), 60s));
    answer(server, 62s, 70s);
    BOOST_TEST(server.is_stalled(at(0s), 60s));
    BOOST_TEST(!server.is_stalled(at(20s), 60s));
}

BOOST_AUTO_TEST_CASE(an_outage_of_any_length_does_not_stall_a_watch)
{
    reachability server(30s);
    BOOST_TEST(!server.is_stalled(at(0s), 60s));
    answer(server, 0s, 10s);
    BOOST_TEST(!server.is_stalled(at(10s), 60s));
    // The server answers again after an hour. From then on, the watch has its whole limit of 60 s.
    answer(server, 3600s, 3660s);
    BOOST_TEST(!server.is_stalled(at(10s), 60s));
    server.answered(at(3662s));
    BOOST_TEST(server.is_stalled(at(10s), 60s));
    BOOST_TEST(!server.is_stalled(at(3610s), 60s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace reachability_test
