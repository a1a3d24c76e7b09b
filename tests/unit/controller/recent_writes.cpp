// SPDX-License-Identifier: Apache-2.0
#include "noted_writes.hpp"
#include <tcr/controller/recent_writes.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <ostream>
#include <string>

namespace tcr::controller
{

inline std::ostream& boost_test_print_type(std::ostream& out, status_entry const& entry)
{
    return out << entry.namespaced_name << " " << entry.time << " " << entry.reason << " " << entry.message;
}

}  // namespace tcr::controller

namespace recent_writes_test
{

using namespace tcr::controller;
using entries = recent_writes::entries;

/// The time `seconds` after 2026-11-24T00:00:00Z.
std::chrono::system_clock::time_point at(int seconds)
{
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'795'478'400 + seconds));
}

image_pull_secret cr_with_entries(std::size_t count)
{
    image_pull_secret cr;
    cr.name = "cr";
    for (std::size_t i = 0; i < count; ++i)
        cr.status.secrets_updated.push_back({"n" + std::to_string(i) + "/tcr.ipscr", "t", {}, {}});
    cr.status.secrets_failed = {{"a/tcr.ipscr", "t1", "Conflict", "m"}};
    cr.status.accounts_updated = {{"a/default", "t2", {}, {}}};
    cr.status.accounts_failed = {{"a/builder", "t3", "Forbidden", "n"}};
    return cr;
}

BOOST_AUTO_TEST_SUITE(outcomes)

BOOST_AUTO_TEST_CASE(an_unknown_object_has_no_entries)
{
    recent_writes log;
    BOOST_TEST(log.of("cr").secrets.updated.empty());
    written(log, of_secrets, "cr", "ns", "tcr.ipscr", at(0));
    BOOST_TEST(log.of("other").secrets.updated.empty());
    BOOST_TEST(log.of("cr").secrets.updated.size() == 1u);
}

BOOST_AUTO_TEST_CASE(each_outcome_goes_into_its_own_list)
{
    recent_writes log;
    written(log, of_secrets, "cr", "a", "s", at(0));
    failed(log, of_secrets, "cr", "b", "s", "Conflict", "theirs", at(1));
    written(log, of_accounts, "cr", "c", "default", at(2));
    failed(log, of_accounts, "cr", "d", "default", "Forbidden", "no right", at(3));
    auto const& lists = log.of("cr");
    BOOST_TEST(
        lists.secrets.updated == (entries{{"a/s", "2026-11-24T00:00:00Z", {}, {}}}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(
        lists.secrets.failed == (entries{{"b/s", "2026-11-24T00:00:01Z", "Conflict", "theirs"}}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(
        lists.accounts.updated == (entries{{"c/default", "2026-11-24T00:00:02Z", {}, {}}}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(
        lists.accounts.failed == (entries{{"d/default", "2026-11-24T00:00:03Z", "Forbidden", "no right"}}),
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(the_newest_hundred_entries_are_kept_newest_last)
{
    recent_writes log;
    for (int i = 0; i < 250; ++i)
    {
        auto const ns = "n" + std::to_string(i);
        written(log, of_secrets, "cr", ns, "s", at(i));
        failed(log, of_secrets, "cr", ns + "x", "s", "r", "m", at(i));
        written(log, of_accounts, "cr", ns, "default", at(i));
        failed(log, of_accounts, "cr", ns + "x", "default", "r", "m", at(i));
    }
    auto const& lists = log.of("cr");
    for (auto const* list :
         {&lists.secrets.updated, &lists.secrets.failed, &lists.accounts.updated, &lists.accounts.failed})
    {
        BOOST_TEST(list->size() == 100u);
        BOOST_TEST(list->front().namespaced_name.starts_with("n150"));
        BOOST_TEST(list->back().namespaced_name.starts_with("n249"));
    }
}

BOOST_AUTO_TEST_CASE(an_object_written_again_moves_to_the_end)
{
    recent_writes log;
    written(log, of_secrets, "cr", "a", "s", at(0));
    written(log, of_secrets, "cr", "b", "s", at(1));
    written(log, of_secrets, "cr", "a", "s", at(2));
    BOOST_TEST(
        log.of("cr").secrets.updated ==
            (entries{{"b/s", "2026-11-24T00:00:01Z", {}, {}}, {"a/s", "2026-11-24T00:00:02Z", {}, {}}}),
        boost::test_tools::per_element()
    );
    failed(log, of_accounts, "cr", "a", "default", "r", "first", at(0));
    failed(log, of_accounts, "cr", "b", "default", "r", "m", at(1));
    failed(log, of_accounts, "cr", "a", "default", "r", "second", at(2));
    BOOST_TEST_REQUIRE(log.of("cr").accounts.failed.size() == 2u);
    BOOST_TEST(log.of("cr").accounts.failed.back().message == "second");
}

BOOST_AUTO_TEST_CASE(a_success_clears_the_failure_of_the_same_object_only)
{
    recent_writes log;
    for (auto const* ns : {"a", "b"})
    {
        failed(log, of_secrets, "cr", ns, "s", "r", "m", at(0));
        failed(log, of_accounts, "cr", ns, "s", "r", "m", at(0));
        failed(log, of_secrets, "other", ns, "s", "r", "m", at(0));
    }
    written(log, of_secrets, "cr", "a", "s", at(1));
    BOOST_TEST(
        log.of("cr").secrets.failed == (entries{{"b/s", "2026-11-24T00:00:00Z", "r", "m"}}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(log.of("cr").accounts.failed.size() == 2u);
    BOOST_TEST(log.of("other").secrets.failed.size() == 2u);
    written(log, of_accounts, "cr", "b", "s", at(1));
    BOOST_TEST(
        log.of("cr").accounts.failed == (entries{{"a/s", "2026-11-24T00:00:00Z", "r", "m"}}),
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(a_failure_after_a_success_keeps_both_entries)
{
    recent_writes log;
    written(log, of_secrets, "cr", "a", "s", at(0));
    failed(log, of_secrets, "cr", "a", "s", "r", "m", at(1));
    BOOST_TEST(log.of("cr").secrets.updated.size() == 1u);
    BOOST_TEST(log.of("cr").secrets.failed.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_lists_of_a_status_survive_a_restart)
{
    recent_writes log;
    auto const cr = cr_with_entries(2);
    log.adopt(cr);
    BOOST_TEST(log.of("cr").secrets.updated == cr.status.secrets_updated, boost::test_tools::per_element());
    BOOST_TEST(log.of("cr").secrets.failed == cr.status.secrets_failed, boost::test_tools::per_element());
    BOOST_TEST(log.of("cr").accounts.updated == cr.status.accounts_updated, boost::test_tools::per_element());
    BOOST_TEST(log.of("cr").accounts.failed == cr.status.accounts_failed, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(known_lists_take_precedence_over_the_status)
{
    recent_writes log;
    written(log, of_secrets, "cr", "known", "s", at(0));
    log.adopt(cr_with_entries(2));
    BOOST_TEST(log.of("cr").secrets.updated.size() == 1u);
    BOOST_TEST(log.of("cr").secrets.failed.empty());
}

BOOST_AUTO_TEST_CASE(long_lists_of_the_original_are_cut_to_the_newest_hundred)
{
    recent_writes log;
    log.adopt(cr_with_entries(3000));
    BOOST_TEST(log.of("cr").secrets.updated.size() == 100u);
    BOOST_TEST(log.of("cr").secrets.updated.back().namespaced_name == "n2999/tcr.ipscr");
    written(log, of_secrets, "cr", "new", "tcr.ipscr", at(0));
    BOOST_TEST(log.of("cr").secrets.updated.size() == 100u);
    BOOST_TEST(log.of("cr").secrets.updated.front().namespaced_name == "n2901/tcr.ipscr");
    BOOST_TEST(log.of("cr").secrets.updated.back().namespaced_name == "new/tcr.ipscr");
}

BOOST_AUTO_TEST_CASE(a_forgotten_object_starts_empty)
{
    recent_writes log;
    written(log, of_secrets, "cr", "a", "s", at(0));
    written(log, of_secrets, "other", "a", "s", at(0));
    log.forget("cr");
    log.forget("unknown");
    BOOST_TEST(log.of("cr").secrets.updated.empty());
    BOOST_TEST(log.of("other").secrets.updated.size() == 1u);
    log.adopt(cr_with_entries(1));
    BOOST_TEST(log.of("cr").secrets.updated.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace recent_writes_test
