#pragma once

#include <tcr/util/async.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace tcr::test
{

/// Runs a coroutine function to its end on a loop of its own: fails when it does not end, rethrows what it
/// throws, and checks that it leaves no work behind.
template <class Coroutine>
void run_coroutine(Coroutine coroutine, std::chrono::seconds limit = std::chrono::seconds(10))
{
    asio::io_context loop(1);
    bool ended = false;
    std::exception_ptr failure;
    asio::co_spawn(
        loop,
        std::move(coroutine),
        [&](std::exception_ptr thrown)
        {
            ended = true;
            failure = thrown;
        }
    );
    loop.run_for(limit);
    BOOST_TEST_REQUIRE(ended);
    if (failure)
        std::rethrow_exception(failure);
    BOOST_TEST(loop.poll() == 0u);
}

}  // namespace tcr::test
