#include <tcr/runtime/reconcile_loop.hpp>

#include <boost/asio/this_coro.hpp>

namespace tcr::runtime
{

task<void> reconcile_loop::run()
{
    for (unsigned failures = 0;;)
    {
        auto const next = co_await reconcile_();
        failures = next.is_failed ? failures + 1 : 0;
        if (next.is_failed)
        {
            backoff_.expires_after(retry_.delay(failures, std::generate_canonical<double, 32>(random_)));
            co_await backoff_.async_wait(use_tuple);
        }
        else
            co_await triggered_.wait_until(next.at);
        // A cancelled wait returns normally, and the next reconcile may have nothing to wait for.
        auto const state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none)
            co_return;
    }
}

}  // namespace tcr::runtime
