// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/server_history.hpp>

#include <boost/test/unit_test.hpp>

namespace server_history_test
{

BOOST_AUTO_TEST_SUITE(server_history_suite)

BOOST_AUTO_TEST_CASE(a_restore_reported_by_two_watches_counts_once)
{
    tcr::kube::server_history history;
    auto const before = history.current();
    history.note_restore(before);
    auto const after = history.current();
    BOOST_TEST(after != before);
    // The second watch reports the same restore: its last list is from before the first report.
    history.note_restore(before);
    BOOST_TEST(history.current() == after);
    history.note_restore(after);
    BOOST_TEST(history.current() != after);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace server_history_test
