#include <tcr/kube/server_history.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(server_history_suite)

BOOST_AUTO_TEST_CASE(one_restore_that_two_watches_notice_counts_once)
{
    tcr::kube::server_history history;
    auto const before = history.current();
    history.was_restored(before);
    auto const after = history.current();
    BOOST_TEST(after != before);
    // The second watch has not listed since.
    history.was_restored(before);
    BOOST_TEST(history.current() == after);
    history.was_restored(after);
    BOOST_TEST(history.current() != after);
}

BOOST_AUTO_TEST_SUITE_END()
