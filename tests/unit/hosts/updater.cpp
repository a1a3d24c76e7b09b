// SPDX-License-Identifier: Apache-2.0
#include "run_coroutine.hpp"
#include "temporary_folder.hpp"
#include <tcr/hosts/updater.hpp>
#include <tcr/kube/errc.hpp>

#include <cstdio>
#include <memory>

namespace updater_test
{

using namespace tcr;
using namespace tcr::hosts;

std::string const own = "127.0.0.1 localhost\n";

hosts_config config_with(std::vector<host_entry> entries)
{
    hosts_config config;
    config.entries = std::move(entries);
    return config;
}

struct fixture : tcr::test::temporary_folder
{
    fixture() : log_file(std::tmpfile()), log(log_file)
    {
        options.file.file = write("hosts", own);
        options.dns_timeout = std::chrono::milliseconds(0);
        agent = std::make_unique<updater>(loop.get_executor(), options, log);
    }
    ~fixture() { std::fclose(log_file); }

    result<void> apply()
    {
        result<void> outcome;
        auto applying = [&]() -> task<void> { outcome = co_await agent->apply(); };
        tcr::test::run_coroutine(applying);
        return outcome;
    }

    std::string text() const { return read("hosts"); }

    std::string logged()
    {
        std::string text(static_cast<std::size_t>(std::ftell(log_file)), '\0');
        std::rewind(log_file);
        text.resize(std::fread(text.data(), 1, text.size(), log_file));
        return text;
    }

    asio::io_context loop{1};
    std::FILE* log_file;
    logger log;
    updater_options options;
    std::unique_ptr<updater> agent;
};

BOOST_FIXTURE_TEST_SUITE(updaters, fixture)

BOOST_AUTO_TEST_CASE(nothing_is_written_before_a_configuration)
{
    BOOST_TEST(apply().has_error());
    BOOST_TEST(text() == own);
    BOOST_TEST(agent->problem() == "no configuration yet");
    BOOST_TEST(!agent->has_config());
}

BOOST_AUTO_TEST_CASE(a_configuration_is_written_and_counted)
{
    auto config = config_with({{"a.example.com", "10.0.0.1"}});
    config.disabled = 2;
    config.refused = 1;
    config.problems = {"line 7: is wrong"};
    agent->set_config(config);
    BOOST_TEST(agent->problem() == "the configuration is not written yet");
    BOOST_TEST(apply().has_value());
    BOOST_TEST(agent->problem() == "");
    BOOST_TEST(!agent->is_config_clean());
    BOOST_TEST(text() == with_block(own, config.entries));
    auto const& done = agent->statistics();
    BOOST_TEST(done.applied == 1u);
    BOOST_TEST(done.disabled == 2u);
    BOOST_TEST(done.refused == 1u);
    BOOST_TEST(done.writes == 1u);
    BOOST_TEST(done.repairs == 0u);
    BOOST_TEST(done.last_success.has_value());
    BOOST_TEST(apply().has_value());
    BOOST_TEST(done.writes == 1u);
    BOOST_TEST(
        logged().find("refused a part of the hosts configuration error=\"line 7: is wrong\"") !=
        std::string::npos
    );
    config.disabled = 3;
    agent->set_config(config);
    BOOST_TEST(done.disabled == 3u);
}

BOOST_AUTO_TEST_CASE(an_invalid_configuration_keeps_the_last_valid_one)
{
    agent->set_config(config_with({{"a.example.com", "10.0.0.1"}}));
    BOOST_TEST(apply().has_value());
    auto const right = text();
    agent->set_config(error(kube::errc::bad_config, "line 3: nonsense"));
    agent->set_config(error(kube::errc::bad_config, "line 3: nonsense"));
    BOOST_TEST(apply().has_value());
    BOOST_TEST(text() == right);
    BOOST_TEST(agent->statistics().bad_configs == 1u);
    BOOST_TEST(!agent->is_config_clean());
    agent->set_config(config_with({{"a.example.com", "10.0.0.1"}}));
    BOOST_TEST(agent->is_config_clean());
}

BOOST_AUTO_TEST_CASE(drift_is_repaired_and_counted)
{
    agent->set_config(config_with({{"a.example.com", "10.0.0.1"}}));
    BOOST_TEST(apply().has_value());
    auto const right = text();
    // A change outside the block is not drift.
    write("hosts", "10.0.0.8 other\n" + right);
    BOOST_TEST(apply().has_value());
    BOOST_TEST(agent->statistics().repairs == 0u);
    write("hosts", own);
    BOOST_TEST(apply().has_value());
    BOOST_TEST(text() == right);
    BOOST_TEST(agent->statistics().repairs == 1u);
    BOOST_TEST(agent->statistics().writes == 2u);
}

BOOST_AUTO_TEST_CASE(a_failure_is_logged_once_and_retried)
{
    agent->set_config(config_with({{"a.example.com", "10.0.0.1"}}));
    std::filesystem::remove(options.file.file);
    BOOST_TEST(apply().has_error());
    BOOST_TEST(apply().has_error());
    BOOST_TEST(agent->problem().find("No such file") != std::string::npos);
    BOOST_TEST(agent->statistics().failures == 2u);
    write("hosts", own);
    BOOST_TEST(apply().has_value());
    BOOST_TEST(agent->problem() == "");
    BOOST_TEST(agent->statistics().repairs == 0u);
    auto const text_of_log = logged();
    std::string const words = "cannot update the hosts file";
    auto const first = text_of_log.find(words);
    BOOST_TEST(first != std::string::npos);
    BOOST_TEST(text_of_log.find(words, first + 1) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_empty_configuration_removes_the_block)
{
    agent->set_config(config_with({{"a.example.com", "10.0.0.1"}}));
    BOOST_TEST(apply().has_value());
    agent->set_config(config_with({}));
    BOOST_TEST(apply().has_value());
    BOOST_TEST(text() == own);
    BOOST_TEST(agent->statistics().applied == 0u);
    BOOST_TEST(logged().find(" info removed the block from the hosts file ") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace updater_test
