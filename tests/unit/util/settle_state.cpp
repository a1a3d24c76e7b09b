// SPDX-License-Identifier: Apache-2.0
#include "temporary_folder.hpp"
#include <tcr/util/settle_state.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

namespace settle_state_test
{

using namespace tcr;
using namespace std::chrono_literals;

constexpr std::int64_t second = 1'000'000'000;

file_stamp stamp(std::int64_t modified_ns, std::uint64_t size)
{
    file_stamp seen;
    seen.modified_ns = modified_ns;
    seen.size = size;
    seen.inode = 7;
    return seen;
}

struct looks
{
    bool look(file_stamp const& seen, std::chrono::milliseconds at)
    {
        return file.is_settled(
            seen, settle_state::clock::time_point(at), std::chrono::system_clock::time_point(100s + at)
        );
    }

    settle_state file{2s};
};

BOOST_FIXTURE_TEST_SUITE(settling, looks)

BOOST_AUTO_TEST_CASE(an_old_file_is_read_at_once_at_the_start)
{
    BOOST_TEST(look(stamp(98 * second, 10), 0s));
    BOOST_TEST(look(stamp(98 * second, 10), 1ms));
}

BOOST_AUTO_TEST_CASE(a_file_written_just_before_the_start_waits)
{
    auto const seen = stamp(98 * second + 1, 10);
    BOOST_TEST(!look(seen, 0s));
    BOOST_TEST(!look(seen, 1999ms));
    BOOST_TEST(look(seen, 2000ms));
}

BOOST_AUTO_TEST_CASE(a_time_stamp_in_the_future_waits)
{
    auto const seen = stamp(200 * second, 10);
    BOOST_TEST(!look(seen, 0s));
    BOOST_TEST(look(seen, 2s));
}

BOOST_AUTO_TEST_CASE(each_change_starts_the_quiet_time_anew)
{
    BOOST_TEST(look(stamp(1, 10), 0s));
    // A change counts even if the file's modification time is old: some tools copy the time, too.
    BOOST_TEST(!look(stamp(1, 20), 10s));
    BOOST_TEST(!look(stamp(1, 30), 11s));
    BOOST_TEST(!look(stamp(1, 30), 12s));
    BOOST_TEST(look(stamp(1, 30), 13s));
    BOOST_TEST(look(stamp(1, 30), 20s));
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_settled_and_the_next_one_is_a_change)
{
    BOOST_TEST(look({}, 0s));
    BOOST_TEST(!look(stamp(1, 10), 1s));
    BOOST_TEST(look(stamp(1, 10), 3s));
    BOOST_TEST(look({}, 4s));
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_all_the_time_is_read_once_in_a_while)
{
    BOOST_TEST(look(stamp(1, 10), 0s));
    std::uint64_t size = 10;
    std::vector<int> settled_at;
    for (int at = 1; at <= 70; ++at)
        if (look(stamp(1, ++size), std::chrono::seconds(at)))
            settled_at.push_back(at);
    std::vector<int> const expected{31, 62};
    BOOST_TEST(settled_at == expected, boost::test_tools::per_element());
    // After a time without changes, the maximum delay counts from the next change.
    BOOST_TEST(look(stamp(1, size), 72s));
    BOOST_TEST(!look(stamp(1, 5), 92s));
    BOOST_TEST(!look(stamp(1, 6), 93s));
}

BOOST_AUTO_TEST_CASE(without_a_quiet_time_all_is_settled)
{
    file = settle_state(0s);
    BOOST_TEST(look(stamp(200 * second, 10), 0s));
    BOOST_TEST(look(stamp(200 * second, 20), 0s));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(settled_files, tcr::test::temporary_folder)

BOOST_AUTO_TEST_CASE(each_text_is_returned_once)
{
    settled_file file(write("f", "one"), 0ms);
    auto const read = [&]
    {
        auto const text = file.read_if_changed("file f");
        return !text ? "unchanged" : *text ? **text : text->error().message();
    };
    BOOST_TEST(!file.is_current());
    BOOST_TEST(read() == "one");
    BOOST_TEST(file.is_current());
    BOOST_TEST(read() == "unchanged");
    BOOST_TEST((file.next_check() > settle_state::clock::now() + 9s));
    write("f", "second");
    BOOST_TEST(read() == "second");
    // Each read of an unreadable file reports the error.
    std::filesystem::remove(file.path());
    for (int i = 0; i < 2; ++i)
    {
        BOOST_TEST(read() == "file f does not exist; create it or correct the path");
        BOOST_TEST(!file.is_current());
    }
    write("f", "third");
    BOOST_TEST(read() == "third");
}

BOOST_AUTO_TEST_CASE(a_file_that_was_just_written_is_not_read)
{
    settled_file file(write("f", "half"), 1h);
    BOOST_TEST(!file.read_if_changed("file f"));
    BOOST_TEST(!file.is_current());
    BOOST_TEST((file.next_check() > settle_state::clock::now() + 59min));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace settle_state_test
