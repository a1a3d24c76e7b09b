// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/task_group.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace tcr
{
namespace
{

bool is_cancellation(std::exception_ptr const& failure)
{
    try
    {
        std::rethrow_exception(failure);
    }
    catch (boost::system::system_error const& e)
    {
        return e.code() == asio::error::operation_aborted;
    }
    catch (...)
    {
        return false;
    }
}

}  // namespace

void task_group::spawn(task<void> child)
{
    auto place = children_.emplace(children_.end());
    auto ended = [this, place](std::exception_ptr failure)
    {
        children_.erase(place);
        if (failure && !is_cancellation(failure) && !first_failure_)
        {
            first_failure_ = failure;
            cancel();
        }
        if (children_.empty())
            idle_.notify();
    };
    asio::co_spawn(
        executor_, std::move(child), asio::bind_cancellation_slot(place->slot(), std::move(ended))
    );
}

void task_group::cancel()
{
    // `emit` may end the child, which removes it from the list. The loop therefore advances before it calls
    // `emit`.
    for (auto next = children_.begin(); next != children_.end();)
    {
        auto child = next++;
        child->emit(asio::cancellation_type::terminal);
    }
}

task<void> task_group::join()
{
    bool stopped = false;
    while (!children_.empty())
    {
        co_await idle_.wait();
        auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
        {
            // Resets every cancellation, including a second one: otherwise the next wait would throw while
            // children still run.
            stopped = true;
            cancel();
            co_await asio::this_coro::reset_cancellation_state();
        }
    }
    if (first_failure_)
        std::rethrow_exception(std::exchange(first_failure_, nullptr));
    if (stopped)
        throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace tcr
