// SPDX-License-Identifier: Apache-2.0
#include "run_coroutine.hpp"
#include <tcr/net/errc.hpp>
#include <tcr/net/resolve.hpp>

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <future>
#include <new>
#include <string>

namespace resolve_test
{

namespace net = tcr::net;
using namespace std::chrono_literals;
using steady_clock = std::chrono::steady_clock;
using tcr::task;

/// The resolver of a test hangs while this gate is shut.
class gate
{
public:
    static gate& of_test()
    {
        static gate made;
        return made;
    }

    void shut() { opened_ = std::promise<void>(), is_open_ = opened_.get_future().share(); }
    void open() { opened_.set_value(); }
    void pass() const { is_open_.wait(); }

private:
    std::promise<void> opened_;
    std::shared_future<void> is_open_;
};

net::resolved hanging(std::string const& host, std::string const&)
{
    gate::of_test().pass();
    if (host == "none")
        return tcr::error(boost::asio::error::host_not_found);
    std::vector<boost::asio::ip::tcp::endpoint> found;
    found.emplace_back(boost::asio::ip::make_address("192.0.2.1"), 443);
    return found;
}

/// The error code of a look-up; a code without error if the look-up succeeded.
boost::system::error_code error_of(net::resolved const& answer)
{
    return answer ? boost::system::error_code() : answer.error().code;
}

net::resolved throwing(std::string const&, std::string const&)
{
    throw std::bad_alloc();
}

task<void> ask(std::string host, steady_clock::time_point deadline, net::resolved& answer)
{
    answer = co_await net::resolve(std::move(host), "443", deadline, &hanging);
}

net::resolved answer_of(std::string const& host, steady_clock::duration limit)
{
    net::resolved answer;
    tcr::test::run_coroutine([&]() { return ask(host, steady_clock::now() + limit, answer); });
    return answer;
}

struct shut_gate
{
    shut_gate() { gate::of_test().shut(); }
};

BOOST_FIXTURE_TEST_SUITE(look_ups, shut_gate)

BOOST_AUTO_TEST_CASE(the_answer_of_the_resolver_is_returned)
{
    gate::of_test().open();
    auto const found = answer_of("host", 10s);
    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST_REQUIRE(found->size() == 1u);
    BOOST_TEST(found->front().address().to_string() == "192.0.2.1");
    BOOST_TEST((error_of(answer_of("none", 10s)) == boost::asio::error::host_not_found));
}

BOOST_AUTO_TEST_CASE(a_literal_address_is_resolved_by_the_system)
{
    auto const found = net::system_resolver("192.0.2.7", "8443");
    BOOST_TEST_REQUIRE(found.has_value(), error_of(found).message());
    BOOST_TEST_REQUIRE(!found->empty());
    BOOST_TEST(found->front().port() == 8443);
}

BOOST_AUTO_TEST_CASE(a_resolver_that_hangs_is_waited_for_until_the_deadline_and_then_holds_up_nothing)
{
    // `run_coroutine` also checks that the loop has no work left.
    auto const found = answer_of("host", 0s);
    BOOST_TEST((error_of(found) == net::errc::timed_out), error_of(found).message());
    // The first look-up is still open. The next caller for the same host waits for its result.
    gate::of_test().open();
    BOOST_TEST(answer_of("host", 10s).has_value());
}

BOOST_AUTO_TEST_CASE(a_resolver_that_throws_fails_its_look_up)
{
    net::resolved answer;
    auto const ask_thrower = [&]() -> task<void>
    { answer = co_await net::resolve("host", "443", steady_clock::now() + 10s, &throwing); };
    tcr::test::run_coroutine(ask_thrower);
    namespace sys = boost::system::errc;
    BOOST_TEST((error_of(answer) == sys::resource_unavailable_try_again), error_of(answer).message());
}

BOOST_AUTO_TEST_CASE(a_cancelled_caller_does_not_wait_for_the_resolver)
{
    net::resolved answer;
    tcr::test::hand_run run([&]() { return ask("host", steady_clock::now() + 1h, answer); });
    BOOST_TEST(!run.has_ended());
    run.cancel();
    BOOST_TEST(run.turn());
    BOOST_TEST((error_of(answer) == boost::asio::error::operation_aborted), error_of(answer).message());
    gate::of_test().open();
    BOOST_TEST(answer_of("host", 10s).has_value());
}

BOOST_AUTO_TEST_CASE(the_number_of_open_look_ups_is_limited)
{
    auto const name = [](std::size_t i) { return "host-" + std::to_string(i); };
    for (std::size_t i = 0; i < net::max_open_look_ups; ++i)
        BOOST_TEST((error_of(answer_of(name(i), 0s)) == net::errc::timed_out));
    namespace sys = boost::system::errc;
    BOOST_TEST((error_of(answer_of("another", 10s)) == sys::resource_unavailable_try_again));
    // This host already has an open look-up. The caller waits for that look-up, so the limit does not apply.
    BOOST_TEST((error_of(answer_of(name(0), 0s)) == net::errc::timed_out));
    gate::of_test().open();
    for (std::size_t i = 0; i < net::max_open_look_ups; ++i)
        BOOST_TEST(answer_of(name(i), 10s).has_value());
    BOOST_TEST(answer_of("another", 10s).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace resolve_test
