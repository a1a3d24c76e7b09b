// SPDX-License-Identifier: Apache-2.0
#include "service_process.hpp"

#include "failures.hpp"
#include "memory_log.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <stdexcept>

namespace
{

using namespace std::chrono_literals;
using namespace tcr;
using app::service_hooks;

struct fixture
{
    test::memory_log log;
    app::service_process process{log.log, true};

    bool has_logged(std::string_view text) const { return log.text().find(text) != std::string::npos; }

    /// The error if the process cannot listen on these addresses; empty if it can.
    std::string listen_problem(std::string metrics_address, std::string health_address)
    {
        auto const listening =
            process.listen({std::move(metrics_address), std::move(health_address), {}, {}});
        return listening ? std::string() : listening.error().message();
    }
};

/// Waits until the condition is true, for at most 5000 pauses of 1 ms.
/// \par Lifetimes `has_happened` must outlive the coroutine.
template <class Condition>
task<void> wait_until(Condition const& has_happened)
{
    for (int i = 0; i < 5'000 && !has_happened(); ++i)
        co_await sleep_for(1ms);
    BOOST_TEST(has_happened());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(service_process, fixture)

BOOST_AUTO_TEST_CASE(work_that_ends_is_a_success)
{
    bool is_ended = false;
    auto const work = []() -> task<void> { co_return; };
    service_hooks hooks;
    hooks.on_end = [&] { is_ended = true; };
    BOOST_TEST(process.run(work(), std::move(hooks)));
    BOOST_TEST(is_ended);
    BOOST_TEST(log.text().empty(), log.text());
}

BOOST_AUTO_TEST_CASE(work_that_throws_is_a_failure)
{
    auto const work = []() -> task<void>
    {
        co_await sleep_for(0ms);
        throw std::runtime_error("the disk is full");
    };
    BOOST_TEST(!process.run(work(), {}));
    BOOST_TEST(has_logged("error a task of the process failed error=\"the disk is full\""), log.text());
}

BOOST_AUTO_TEST_CASE(a_signal_runs_the_hook_then_cancels_the_work)
{
    for (int const number : {SIGTERM, SIGINT})
    {
        fixture one;
        std::string order;
        auto const work = [&]() -> task<void>
        {
            std::raise(number);
            try
            {
                co_await sleep_for(1h);
            }
            catch (boost::system::system_error const&)
            {
                order += "cancelled ";
                throw;
            }
        };
        service_hooks hooks;
        hooks.before_stop = [&]() -> task<void>
        {
            co_await sleep_for(1ms);
            order += "hook ";
        };
        hooks.on_end = [&] { order += "end"; };
        BOOST_TEST(one.process.run(work(), std::move(hooks)));
        BOOST_TEST(order == "hook cancelled end");
        BOOST_TEST(one.has_logged("info stopping the process signal="), one.log.text());
    }
}

BOOST_AUTO_TEST_CASE(a_hook_that_throws_fails_the_process_and_the_work_is_cancelled)
{
    auto const work = []() -> task<void>
    {
        std::raise(SIGTERM);
        co_await sleep_for(1h);
    };
    service_hooks hooks;
    hooks.before_stop = []() -> task<void>
    {
        co_await sleep_for(0ms);
        throw std::runtime_error("no answer");
    };
    BOOST_TEST(!process.run(work(), std::move(hooks)));
    BOOST_TEST(has_logged("error=\"no answer\""), log.text());
}

BOOST_AUTO_TEST_CASE(a_reload_signal_calls_the_hook_and_the_work_goes_on)
{
    int reloads = 0;
    auto const work = [&]() -> task<void>
    {
        for (int i = 1; i <= 2; ++i)
        {
            auto const is_reloaded = [&] { return reloads == i; };
            std::raise(SIGHUP);
            co_await wait_until(is_reloaded);
        }
    };
    service_hooks hooks;
    hooks.on_reload = [&] { ++reloads; };
    BOOST_TEST(process.run(work(), std::move(hooks)));
}

BOOST_AUTO_TEST_CASE(a_signal_turns_debug_on_and_the_next_one_restores_the_level)
{
    auto const is_debug = [&] { return log.log.level() == log_level::debug; };
    auto const is_info = [&] { return log.log.level() == log_level::info; };
    auto const work = [&]() -> task<void>
    {
        std::raise(SIGUSR1);
        co_await wait_until(is_debug);
        std::raise(SIGUSR1);
        co_await wait_until(is_info);
    };
    BOOST_TEST(process.run(work(), {}));
}

BOOST_AUTO_TEST_CASE(a_level_set_while_debug_is_on_applies_afterwards)
{
    process.set_level(log_level::error);
    BOOST_TEST((log.log.level() == log_level::error));
    auto const is_debug = [&] { return log.log.level() == log_level::debug; };
    auto const is_warning = [&] { return log.log.level() == log_level::warning; };
    auto const work = [&]() -> task<void>
    {
        std::raise(SIGUSR1);
        co_await wait_until(is_debug);
        process.set_level(log_level::warning);
        BOOST_TEST(is_debug());
        std::raise(SIGUSR1);
        co_await wait_until(is_warning);
    };
    BOOST_TEST(process.run(work(), {}));
}

BOOST_AUTO_TEST_CASE(an_unusable_address_is_refused_by_its_option)
{
    BOOST_TEST(listen_problem("nowhere", "0").starts_with("--metrics-bind-address: 'nowhere' "));
    BOOST_TEST(listen_problem("0", "nowhere").starts_with("--health-probe-bind-address: 'nowhere' "));
    BOOST_TEST(listen_problem("0", "0") == "");
    BOOST_TEST(listen_problem("127.0.0.1:0", "127.0.0.1:0") == "");
}

BOOST_AUTO_TEST_CASE(a_used_address_is_a_failure_of_the_system_and_a_malformed_one_of_the_configuration)
{
    asio::ip::tcp::acceptor other(
        process.executor(), asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)
    );
    auto const address = "127.0.0.1:" + std::to_string(other.local_endpoint().port());
    for (auto const& [given, status] : {std::pair(address, 1), std::pair(std::string("nowhere"), 2)})
    {
        auto const listening = process.listen({given, "0", {}, {}});
        BOOST_TEST_REQUIRE(!listening.has_value());
        BOOST_TEST(app::log_start_failure(log.log, listening.error()) == status, given);
        BOOST_TEST(has_logged("error cannot start error=\"--metrics-bind-address: "), log.text());
    }
}

BOOST_AUTO_TEST_CASE(the_end_of_a_task_is_a_failure_unless_it_was_cancelled)
{
    auto const cancelled = boost::system::system_error(asio::error::operation_aborted);
    auto const reset = boost::system::system_error(asio::error::connection_reset);
    BOOST_TEST(!app::log_failure(log.log, nullptr));
    BOOST_TEST(!app::log_failure(log.log, std::make_exception_ptr(cancelled)));
    BOOST_TEST(log.lines() == 0u);
    BOOST_TEST(app::log_failure(log.log, std::make_exception_ptr(reset)));
    BOOST_TEST(app::log_failure(log.log, std::make_exception_ptr(std::runtime_error("x"))));
    BOOST_TEST(log.lines() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
