// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/reconcile_loop.hpp>

namespace tcr::runtime
{

task<void> reconcile_loop::run()
{
    for (unsigned failures = 0;;)
    {
        // If this coroutine was cancelled during a wait below, this `co_await` throws before `reconcile_`
        // begins.
        auto const next = co_await reconcile_();
        failures = next.is_failed ? failures + 1 : 0;
        if (next.is_failed)
        {
            backoff_.expires_after(retry_.delay(failures, std::generate_canonical<double, 32>(random_)));
            co_await backoff_.async_wait(use_tuple);
        }
        else
            co_await triggered_.wait_until(next.at);
    }
}

}  // namespace tcr::runtime
