// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tcr/util/async.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace tcr::test
{

/// Runs a coroutine function to its end on a new loop. The test fails if the coroutine does not end within
/// `limit`, or if the loop still has work after its end. Rethrows an exception of the coroutine.
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

/// Runs a coroutine function on its own loop. The test advances the loop step by step, and may cancel the
/// coroutine at any step.
class hand_run
{
public:
    /// Runs `coroutine` up to its first suspension. The coroutine must end before this object is destroyed.
    template <class Coroutine>
    explicit hand_run(Coroutine coroutine)
    {
        start(std::move(coroutine));
    }

    /// Starts another coroutine on the same loop. The previous coroutine must have ended.
    template <class Coroutine>
    void start(Coroutine coroutine)
    {
        ended_ = false;
        failure_ = nullptr;
        auto ended = [this](std::exception_ptr thrown)
        {
            ended_ = true;
            failure_ = thrown;
        };
        asio::co_spawn(
            loop_, std::move(coroutine), asio::bind_cancellation_slot(stop_.slot(), std::move(ended))
        );
        turn();
    }

    /// Runs all handlers that are ready, without waiting.
    /// \return whether the coroutine has ended.
    bool turn()
    {
        loop_.restart();
        loop_.poll();
        return ended_;
    }

    /// Runs at most one handler.
    /// \return whether a handler was ready
    bool step()
    {
        loop_.restart();
        return loop_.poll_one() > 0;
    }

    /// Requests the cancellation of the coroutine. Does not run the loop.
    void cancel() { stop_.emit(asio::cancellation_type::terminal); }

    bool has_ended() const { return ended_; }

    /// Whether the coroutine ended because it was cancelled.
    bool was_aborted() const
    {
        try
        {
            if (failure_)
                std::rethrow_exception(failure_);
        }
        catch (boost::system::system_error const& e)
        {
            return e.code() == asio::error::operation_aborted;
        }
        catch (...)
        {
        }
        return false;
    }

    std::exception_ptr failure() const { return failure_; }
    asio::io_context& loop() { return loop_; }

private:
    asio::io_context loop_{1};
    asio::cancellation_signal stop_;
    bool ended_ = false;
    std::exception_ptr failure_;
};

}  // namespace tcr::test
