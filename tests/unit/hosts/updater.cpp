#include "run_coroutine.hpp"
#include "temporary_folder.hpp"
#include <tcr/hosts/updater.hpp>
#include <tcr/kube/errc.hpp>

#include <cstdio>
#include <memory>

namespace
{

using namespace tcr;
using namespace tcr::hosts;

std::string const own = "127.0.0.1 localhost\n";

hosts_config wish_for(std::vector<host_entry> entries)
{
    hosts_config wish;
    wish.entries = std::move(entries);
    return wish;
}

struct kept : tcr::test::temporary_folder
{
    kept() : log_file(std::tmpfile()), log(log_file)
    {
        options.file.file = write("hosts", own);
        options.name_limit = std::chrono::milliseconds(0);
        agent = std::make_unique<updater>(loop.get_executor(), options, log);
    }
    ~kept() { std::fclose(log_file); }

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

BOOST_FIXTURE_TEST_SUITE(updaters, kept)

BOOST_AUTO_TEST_CASE(nothing_is_touched_before_something_is_wanted)
{
    BOOST_TEST(apply().has_error());
    BOOST_TEST(text() == own);
    BOOST_TEST(agent->problem() == "no configuration yet");
    BOOST_TEST(!agent->has_wish());
}

BOOST_AUTO_TEST_CASE(what_is_wanted_is_written_and_counted)
{
    auto wish = wish_for({{"a.example.com", "10.0.0.1"}});
    wish.disabled = 2;
    wish.refused = 1;
    wish.remarks = {"line 7: is wrong"};
    agent->want(wish);
    BOOST_TEST(agent->problem() == "not yet written");
    BOOST_TEST(apply().has_value());
    BOOST_TEST(agent->problem() == "");
    BOOST_TEST(!agent->is_config_clean());
    BOOST_TEST(text() == with_block(own, wish.entries));
    auto const& done = agent->statistics();
    BOOST_TEST(done.applied == 1u);
    BOOST_TEST(done.disabled == 2u);
    BOOST_TEST(done.refused == 1u);
    BOOST_TEST(done.writes == 1u);
    BOOST_TEST(done.repairs == 0u);
    BOOST_TEST(done.last_success.has_value());
    BOOST_TEST(apply().has_value());
    BOOST_TEST(done.writes == 1u);
    BOOST_TEST(logged().find("refused why=\"line 7: is wrong\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bad_configuration_leaves_the_last_good_one)
{
    agent->want(wish_for({{"a.example.com", "10.0.0.1"}}));
    BOOST_TEST(apply().has_value());
    auto const right = text();
    agent->want(error(kube::errc::bad_config, "line 3: nonsense"));
    agent->want(error(kube::errc::bad_config, "line 3: nonsense"));
    BOOST_TEST(apply().has_value());
    BOOST_TEST(text() == right);
    BOOST_TEST(agent->statistics().bad_configs == 1u);
    BOOST_TEST(!agent->is_config_clean());
    agent->want(wish_for({{"a.example.com", "10.0.0.1"}}));
    BOOST_TEST(agent->is_config_clean());
}

BOOST_AUTO_TEST_CASE(drift_is_repaired_and_counted_as_such)
{
    agent->want(wish_for({{"a.example.com", "10.0.0.1"}}));
    BOOST_TEST(apply().has_value());
    auto const right = text();
    // Other lines are nobody's drift.
    write("hosts", "10.0.0.8 other\n" + right);
    BOOST_TEST(apply().has_value());
    BOOST_TEST(agent->statistics().repairs == 0u);
    write("hosts", own);
    BOOST_TEST(apply().has_value());
    BOOST_TEST(text() == right);
    BOOST_TEST(agent->statistics().repairs == 1u);
    BOOST_TEST(agent->statistics().writes == 2u);
}

BOOST_AUTO_TEST_CASE(failure_is_told_once_and_tried_again)
{
    agent->want(wish_for({{"a.example.com", "10.0.0.1"}}));
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
    std::string const words = "cannot be updated";
    auto const first = text_of_log.find(words);
    BOOST_TEST(first != std::string::npos);
    BOOST_TEST(text_of_log.find(words, first + 1) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_wanted_removes_the_block)
{
    agent->want(wish_for({{"a.example.com", "10.0.0.1"}}));
    BOOST_TEST(apply().has_value());
    agent->want(wish_for({}));
    BOOST_TEST(apply().has_value());
    BOOST_TEST(text() == own);
    BOOST_TEST(agent->statistics().applied == 0u);
    BOOST_TEST(logged().find(" info block removed ") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
