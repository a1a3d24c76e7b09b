#include "run_coroutine.hpp"
#include "temporary_folder.hpp"
#include <tcr/hosts/config_follower.hpp>

#include <boost/asio/this_coro.hpp>

#include <memory>
#include <optional>

namespace
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
        // Before the loop.
        follower.reset();
    }

    void follow(fs::path const& file)
    {
        run.emplace([this, file]() -> task<void> { return start(file); });
    }

    task<void> start(fs::path file)
    {
        auto const executor = co_await asio::this_coro::executor;
        auto on_wish = [this](result<hosts_config> const& wish)
        {
            last = !wish                   ? "error: " + wish.error().message()
                   : wish->entries.empty() ? "nothing"
                                           : wish->entries.front().address;
        };
        // Nothing to wait for: no clock.
        follower = std::make_unique<config_follower>(executor, file, on_wish, std::chrono::milliseconds(0));
        co_await follower->run();
    }

    std::string wish()
    {
        // Each timer of no length takes a turn of the loop.
        for (int turns = 0; turns < 100; ++turns)
            run->turn();
        return last;
    }

    std::unique_ptr<config_follower> follower;
    std::string last;
    std::optional<tcr::test::hand_run> run;
};

BOOST_FIXTURE_TEST_SUITE(configuration_files, followed)

BOOST_AUTO_TEST_CASE(file_is_read_and_read_again)
{
    auto const file = write("hosts.yaml", config("10.0.0.1"));
    follow(file);
    BOOST_TEST(wish() == "10.0.0.1");
    write("hosts.yaml", config("10.0.0.22"));
    BOOST_TEST(wish() == "10.0.0.22");
    write("hosts.yaml", "hosts: [");
    BOOST_TEST(wish().starts_with("error: config " + file.string() + ", line 1"), last);
    fs::remove(file);
    BOOST_TEST(wish() == "error: config " + file.string() + " does not exist; create it or correct the path");
    write("hosts.yaml", "hosts: []\n");
    BOOST_TEST(wish() == "nothing");
}

BOOST_AUTO_TEST_CASE(link_of_a_volume_is_followed)
{
    write("..1/hosts.yaml", config("10.0.0.1"));
    write("..2/hosts.yaml", config("10.0.0.2"));
    fs::create_directory_symlink("..1", folder / "..data");
    fs::create_symlink("..data/hosts.yaml", folder / "hosts.yaml");
    follow(folder / "hosts.yaml");
    BOOST_TEST(wish() == "10.0.0.1");
    fs::create_directory_symlink("..2", folder / "..data_tmp");
    fs::rename(folder / "..data_tmp", folder / "..data");
    BOOST_TEST(wish() == "10.0.0.2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
