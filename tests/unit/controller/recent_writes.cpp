#include <tcr/controller/recent_writes.hpp>

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace tcr::controller
{

inline std::ostream& boost_test_print_type(std::ostream& out, status_entry const& entry)
{
    return out << entry.namespaced_name << " " << entry.time << " " << entry.reason << " " << entry.message;
}

}  // namespace tcr::controller

namespace
{

using namespace tcr::controller;
using entries = recent_writes::entries;

/// Seconds after 2026-11-24T00:00:00Z.
recent_writes::time_point at(int seconds)
{
    return recent_writes::time_point(std::chrono::seconds(1'795'478'400 + seconds));
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
    BOOST_TEST(log.of("cr").secrets_updated.empty());
    log.secret_written("cr", "ns", "tcr.ipscr", at(0));
    BOOST_TEST(log.of("other").secrets_updated.empty());
    BOOST_TEST(log.of("cr").secrets_updated.size() == 1u);
}

BOOST_AUTO_TEST_CASE(each_outcome_goes_into_its_own_list)
{
    recent_writes log;
    log.secret_written("cr", "a", "s", at(0));
    log.secret_failed("cr", "b", "s", "Conflict", "theirs", at(1));
    log.account_written("cr", "c", "default", at(2));
    log.account_failed("cr", "d", "default", "Forbidden", "no right", at(3));
    auto const& lists = log.of("cr");
    BOOST_TEST(
        lists.secrets_updated == (entries{{"a/s", "2026-11-24T00:00:00Z", {}, {}}}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(
        lists.secrets_failed == (entries{{"b/s", "2026-11-24T00:00:01Z", "Conflict", "theirs"}}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(
        lists.accounts_updated == (entries{{"c/default", "2026-11-24T00:00:02Z", {}, {}}}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(
        lists.accounts_failed == (entries{{"d/default", "2026-11-24T00:00:03Z", "Forbidden", "no right"}}),
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(the_newest_hundred_entries_are_kept_newest_last)
{
    recent_writes log;
    for (int i = 0; i < 250; ++i)
    {
        auto const ns = "n" + std::to_string(i);
        log.secret_written("cr", ns, "s", at(i));
        log.secret_failed("cr", ns + "x", "s", "r", "m", at(i));
        log.account_written("cr", ns, "default", at(i));
        log.account_failed("cr", ns + "x", "default", "r", "m", at(i));
    }
    auto const& lists = log.of("cr");
    for (auto const* list :
         {&lists.secrets_updated, &lists.secrets_failed, &lists.accounts_updated, &lists.accounts_failed})
    {
        BOOST_TEST(list->size() == 100u);
        BOOST_TEST(list->front().namespaced_name.starts_with("n150"));
        BOOST_TEST(list->back().namespaced_name.starts_with("n249"));
    }
}

BOOST_AUTO_TEST_CASE(an_object_written_again_moves_to_the_end)
{
    recent_writes log;
    log.secret_written("cr", "a", "s", at(0));
    log.secret_written("cr", "b", "s", at(1));
    log.secret_written("cr", "a", "s", at(2));
    BOOST_TEST(
        log.of("cr").secrets_updated ==
            (entries{{"b/s", "2026-11-24T00:00:01Z", {}, {}}, {"a/s", "2026-11-24T00:00:02Z", {}, {}}}),
        boost::test_tools::per_element()
    );
    log.account_failed("cr", "a", "default", "r", "first", at(0));
    log.account_failed("cr", "b", "default", "r", "m", at(1));
    log.account_failed("cr", "a", "default", "r", "second", at(2));
    BOOST_TEST_REQUIRE(log.of("cr").accounts_failed.size() == 2u);
    BOOST_TEST(log.of("cr").accounts_failed.back().message == "second");
}

BOOST_AUTO_TEST_CASE(a_success_clears_the_failure_of_the_same_object_only)
{
    recent_writes log;
    for (auto const* ns : {"a", "b"})
    {
        log.secret_failed("cr", ns, "s", "r", "m", at(0));
        log.account_failed("cr", ns, "s", "r", "m", at(0));
        log.secret_failed("other", ns, "s", "r", "m", at(0));
    }
    log.secret_written("cr", "a", "s", at(1));
    BOOST_TEST(
        log.of("cr").secrets_failed == (entries{{"b/s", "2026-11-24T00:00:00Z", "r", "m"}}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(log.of("cr").accounts_failed.size() == 2u);
    BOOST_TEST(log.of("other").secrets_failed.size() == 2u);
    log.account_written("cr", "b", "s", at(1));
    BOOST_TEST(
        log.of("cr").accounts_failed == (entries{{"a/s", "2026-11-24T00:00:00Z", "r", "m"}}),
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(a_failure_after_a_success_keeps_both_entries)
{
    recent_writes log;
    log.secret_written("cr", "a", "s", at(0));
    log.secret_failed("cr", "a", "s", "r", "m", at(1));
    BOOST_TEST(log.of("cr").secrets_updated.size() == 1u);
    BOOST_TEST(log.of("cr").secrets_failed.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_lists_of_a_status_survive_a_restart)
{
    recent_writes log;
    auto const cr = cr_with_entries(2);
    log.adopt(cr);
    BOOST_TEST(log.of("cr").secrets_updated == cr.status.secrets_updated, boost::test_tools::per_element());
    BOOST_TEST(log.of("cr").secrets_failed == cr.status.secrets_failed, boost::test_tools::per_element());
    BOOST_TEST(log.of("cr").accounts_updated == cr.status.accounts_updated, boost::test_tools::per_element());
    BOOST_TEST(log.of("cr").accounts_failed == cr.status.accounts_failed, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(known_lists_take_precedence_over_the_status)
{
    recent_writes log;
    log.secret_written("cr", "known", "s", at(0));
    log.adopt(cr_with_entries(2));
    BOOST_TEST(log.of("cr").secrets_updated.size() == 1u);
    BOOST_TEST(log.of("cr").secrets_failed.empty());
}

BOOST_AUTO_TEST_CASE(long_lists_of_the_original_are_cut_to_the_newest_hundred)
{
    recent_writes log;
    log.adopt(cr_with_entries(3000));
    BOOST_TEST(log.of("cr").secrets_updated.size() == 100u);
    BOOST_TEST(log.of("cr").secrets_updated.back().namespaced_name == "n2999/tcr.ipscr");
    log.secret_written("cr", "new", "tcr.ipscr", at(0));
    BOOST_TEST(log.of("cr").secrets_updated.size() == 100u);
    BOOST_TEST(log.of("cr").secrets_updated.front().namespaced_name == "n2901/tcr.ipscr");
    BOOST_TEST(log.of("cr").secrets_updated.back().namespaced_name == "new/tcr.ipscr");
}

BOOST_AUTO_TEST_CASE(a_forgotten_object_starts_empty)
{
    recent_writes log;
    log.secret_written("cr", "a", "s", at(0));
    log.secret_written("other", "a", "s", at(0));
    log.forget("cr");
    log.forget("unknown");
    BOOST_TEST(log.of("cr").secrets_updated.empty());
    BOOST_TEST(log.of("other").secrets_updated.size() == 1u);
    log.adopt(cr_with_entries(1));
    BOOST_TEST(log.of("cr").secrets_updated.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
