// SPDX-License-Identifier: Apache-2.0
#include "temporary_folder.hpp"
#include <tcr/util/file_stamp.hpp>

namespace file_stamp_test
{

namespace fs = std::filesystem;
using tcr::file_stamp;
using tcr::stamp_of;

BOOST_FIXTURE_TEST_SUITE(file_stamps, tcr::test::temporary_folder)

BOOST_AUTO_TEST_CASE(untouched_file_keeps_its_stamp)
{
    auto const file = write("file", "one");
    auto const stamp = stamp_of(file);
    BOOST_TEST((stamp == stamp_of(file)));
    BOOST_TEST((stamp != file_stamp()));
}

BOOST_AUTO_TEST_CASE(missing_file_has_an_empty_stamp)
{
    BOOST_TEST((stamp_of(folder / "none") == file_stamp()));
}

BOOST_AUTO_TEST_CASE(every_way_to_replace_a_file_changes_its_stamp)
{
    auto const file = write("file", "one");
    auto stamp = stamp_of(file);
    auto const has_changed = [&] { return std::exchange(stamp, stamp_of(file)) != stamp; };
    write("file", "longer");
    BOOST_TEST(has_changed());
    fs::last_write_time(file, fs::last_write_time(file) + std::chrono::nanoseconds(1));
    BOOST_TEST(has_changed());
    // A different file with the same size and time replaces the file.
    write("new", "LONGER");
    fs::last_write_time(folder / "new", fs::last_write_time(file));
    fs::rename(folder / "new", file);
    BOOST_TEST(has_changed());
    fs::remove(file);
    BOOST_TEST(has_changed());
    BOOST_TEST(!has_changed());
}

BOOST_AUTO_TEST_CASE(a_turned_link_to_the_folder_changes_the_stamp)
{
    write("first/token", "one");
    write("second/token", "two");
    fs::last_write_time(folder / "second/token", fs::last_write_time(folder / "first/token"));
    fs::create_directory_symlink("first", folder / "..data");
    fs::create_symlink("..data/token", folder / "token");
    auto const before = stamp_of(folder / "token");
    fs::create_directory_symlink("second", folder / "..data_tmp");
    fs::rename(folder / "..data_tmp", folder / "..data");
    BOOST_TEST((stamp_of(folder / "token") != before));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace file_stamp_test
