// SPDX-License-Identifier: Apache-2.0
#include "run_coroutine.hpp"
#include "temporary_folder.hpp"
#include <tcr/hosts/config_follower.hpp>

#include <boost/asio/this_coro.hpp>

#include <memory>
#include <optional>

namespace config_follower_test
{

namespace fs = std::filesystem;
using namespace tcr;
using namespace tcr::hosts;

std::string config(std::string const& address)
{
    return "hosts:\n- {domain: a.example.com, ip: " + address + "}\n";
}

struct followed : tcr::test::temporary_folder
{
    ~followed()
    {
        if (!run)
            return;
        run->cancel();
        BOOST_TEST(run->turn());
        // The follower uses the event loop, which `run` owns, so it is destroyed first.
        follower.reset();
    }

    void follow(fs::path const& file)
    {
        run.emplace([this, file]() -> task<void> { return start(file); });
    }

    task<void> start(fs::path file)
    {
        auto const executor = co_await asio::this_coro::executor;
        auto on_config = [this](result<hosts_config> const& config)
        {
            last = !config                   ? "error: " + config.error().message()
                   : config->entries.empty() ? "nothing"
                                             : config->entries.front().address;
        };
        // The quiet time is zero, so that no test waits.
        follower = std::make_unique<config_follower>(executor, file, on_config, std::chrono::milliseconds(0));
        co_await follower->run();
    }

    std::string reported()
    {
        // Each timer with a delay of zero needs one turn of the event loop.
        for (int turns = 0; turns < 100; ++turns)
            run->turn();
        return last;
    }

    std::unique_ptr<config_follower> follower;
    std::string last;
    std::optional<tcr::test::hand_run> run;
};

BOOST_FIXTURE_TEST_SUITE(configuration_files, followed)

BOOST_AUTO_TEST_CASE(the_file_is_read_again_after_each_change)
{
    auto const file = write("hosts.yaml", config("10.0.0.1"));
    follow(file);
    BOOST_TEST(reported() == "10.0.0.1");
    write("hosts.yaml", config("10.0.0.22"));
    BOOST_TEST(reported() == "10.0.0.22");
    write("hosts.yaml", "hosts: [");
    BOOST_TEST(reported().starts_with("error: config " + file.string() + ", line 1"), last);
    fs::remove(file);
    BOOST_TEST(
        reported() == "error: config " + file.string() + " does not exist; create it or correct the path"
    );
    write("hosts.yaml", "hosts: []\n");
    BOOST_TEST(reported() == "nothing");
}

BOOST_AUTO_TEST_CASE(a_replaced_link_of_a_volume_is_followed)
{
    write("..1/hosts.yaml", config("10.0.0.1"));
    write("..2/hosts.yaml", config("10.0.0.2"));
    fs::create_directory_symlink("..1", folder / "..data");
    fs::create_symlink("..data/hosts.yaml", folder / "hosts.yaml");
    follow(folder / "hosts.yaml");
    BOOST_TEST(reported() == "10.0.0.1");
    fs::create_directory_symlink("..2", folder / "..data_tmp");
    fs::rename(folder / "..data_tmp", folder / "..data");
    BOOST_TEST(reported() == "10.0.0.2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace config_follower_test
