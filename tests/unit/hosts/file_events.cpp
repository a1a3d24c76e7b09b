// SPDX-License-Identifier: Apache-2.0
#include "run_coroutine.hpp"
#include "temporary_folder.hpp"
#include <tcr/hosts/file_events.hpp>

#include <boost/asio/this_coro.hpp>

#include <fstream>
#include <memory>
#include <utility>

namespace file_events_test
{

namespace fs = std::filesystem;
using tcr::hosts::file_events;

struct watched : tcr::test::temporary_folder
{
    watched()
        : run([this]() -> tcr::task<void> { return start(); })
    {
        file = write("etc/hosts", "one");
        events->watch(file);
    }
    ~watched()
    {
        run.cancel();
        BOOST_TEST(run.turn());
        // `events` uses the event loop, which `run` owns, so it is destroyed first.
        events.reset();
    }

    tcr::task<void> start()
    {
        auto const executor = co_await tcr::asio::this_coro::executor;
        events = std::make_unique<file_events>(
            executor,
            [this](bool moved)
            {
                has_event_ = true;
                is_moved = is_moved || moved;
            }
        );
        co_await events->run();
    }

    /// Whether an event was reported since the last call.
    bool has_event()
    {
        run.turn();
        return std::exchange(has_event_, false);
    }

    std::unique_ptr<file_events> events;
    bool has_event_ = false;
    bool is_moved = false;
    tcr::test::hand_run run;
    fs::path file;
};

BOOST_FIXTURE_TEST_SUITE(events_of_files, watched)

BOOST_AUTO_TEST_CASE(every_way_to_change_a_file_is_reported)
{
    BOOST_TEST_REQUIRE(events->works());
    BOOST_TEST(!has_event());
    write("etc/hosts", "two");
    BOOST_TEST(has_event());
    std::ofstream(file, std::ios::app) << "more";
    BOOST_TEST(has_event());
    BOOST_TEST(!is_moved);
    write("etc/new", "three");
    fs::rename(folder / "etc/new", file);
    BOOST_TEST(has_event());
    BOOST_TEST(is_moved);
    // `watch` also watches the new file itself, because the file may be a separate mount.
    events->watch(file);
    BOOST_TEST(!has_event());
    fs::remove(file);
    BOOST_TEST(has_event());
    events->watch(file);
    write("etc/hosts", "four");
    BOOST_TEST(has_event());
}

BOOST_AUTO_TEST_CASE(a_replaced_link_of_a_volume_is_reported)
{
    write("volume/..1/hosts.yaml", "one");
    write("volume/..2/hosts.yaml", "two");
    fs::create_directory_symlink("..1", folder / "volume/..data");
    fs::create_symlink("..data/hosts.yaml", folder / "volume/hosts.yaml");
    events->watch(folder / "volume/hosts.yaml");
    has_event();
    fs::create_directory_symlink("..2", folder / "volume/..data_tmp");
    fs::rename(folder / "volume/..data_tmp", folder / "volume/..data");
    BOOST_TEST(has_event());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace file_events_test
