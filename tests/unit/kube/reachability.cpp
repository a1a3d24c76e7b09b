#include <tcr/kube/reachability.hpp>

#include <boost/test/unit_test.hpp>

namespace
{

using namespace std::chrono_literals;
using tcr::kube::reachability;

reachability::time_point at(std::chrono::seconds since_begin)
{
    return reachability::time_point(1h) + since_begin;
}

/// A server that answers every two seconds from `from` to `to`.
void answer(reachability& server, std::chrono::seconds from, std::chrono::seconds to)
{
    for (auto each = from; each <= to; each += 2s)
        server.answered(at(each));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server_reachability)

BOOST_AUTO_TEST_CASE(a_watch_that_stands_still_while_the_server_answers_is_stalled)
{
    reachability server(30s);
    answer(server, 0s, 60s);
    BOOST_TEST(!server.is_stalled(at(0s), 60s));
    answer(server, 62s, 70s);
    BOOST_TEST(server.is_stalled(at(0s), 60s));
    BOOST_TEST(!server.is_stalled(at(20s), 60s));
}

BOOST_AUTO_TEST_CASE(an_outage_stalls_nobody_however_long)
{
    reachability server(30s);
    BOOST_TEST(!server.is_stalled(at(0s), 60s));
    answer(server, 0s, 10s);
    BOOST_TEST(!server.is_stalled(at(10s), 60s));
    // An hour later the first answer comes: the watch gets its whole limit from then on.
    answer(server, 3600s, 3660s);
    BOOST_TEST(!server.is_stalled(at(10s), 60s));
    server.answered(at(3662s));
    BOOST_TEST(server.is_stalled(at(10s), 60s));
    BOOST_TEST(!server.is_stalled(at(3610s), 60s));
}

BOOST_AUTO_TEST_SUITE_END()
