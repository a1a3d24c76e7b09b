// SPDX-License-Identifier: Apache-2.0
#include "memory/process_memory.hpp"
#include "memory_log.hpp"
#include "run_coroutine.hpp"
#include <tcr/runtime/dispatcher.hpp>

#include <boost/test/unit_test.hpp>

namespace mass_of_runs_test
{

using namespace memory_tests;
using namespace tcr::runtime;
using tcr::task;

constexpr work_queue::key keys = 10'000;

BOOST_AUTO_TEST_SUITE(mass_of_runs)

/// The event loop frees the coroutine of a run, about 1 kB, only some time after the run has ended. These
/// coroutines must not accumulate.
BOOST_AUTO_TEST_CASE(thousands_of_runs_with_nothing_to_do_take_no_memory)
{
    tcr::test::memory_log log;
    std::size_t runs = 0;
    std::size_t most = 0;
    tcr::test::run_coroutine(
        [&]() -> task<void>
        {
            auto const executor = co_await tcr::asio::this_coro::executor;
            high_water_mark* mark = nullptr;
            auto reconcile = [&](work_queue::key) -> task<work_outcome>
            {
                ++runs;
                mark->look();
                work_outcome const nothing_to_do;
                co_return nothing_to_do;
            };
            dispatcher work(executor, work_queue::options(), 16, reconcile, log.log);
            for (work_queue::key each = 1; each <= keys; ++each)
                work.add(each, lane::bulk, cause::change);
            high_water_mark above;
            mark = &above;
            work.open();
            tcr::task_group group(executor);
            group.spawn(work.run());
            while (!work.is_idle())
                co_await tcr::sleep_for({});
            most = above.bytes();
            group.cancel();
            try
            {
                co_await group.join();
            }
            catch (boost::system::system_error const&)
            {
            }
        }
    );
    BOOST_TEST(runs == keys);
    BOOST_TEST_MESSAGE("10,000 runs with nothing to do: " << most << " bytes at the most");
    BOOST_TEST(most < 128u * 1024);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace mass_of_runs_test
