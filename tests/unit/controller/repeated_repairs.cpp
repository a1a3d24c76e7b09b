// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/repeated_repairs.hpp>

#include <boost/test/unit_test.hpp>

namespace repeated_repairs_test
{

using namespace std::chrono_literals;
using tcr::controller::repeated_repairs;
using tcr::runtime::cause;
using tcr::runtime::key_history;

constexpr key_history after(unsigned repairs, cause why)
{
    return {0, repairs, repairs >= 3, why};
}

struct fixture
{
    repeated_repairs repairs;
    std::chrono::steady_clock::time_point now{1'000h};

    bool note(unsigned before, cause why, std::string_view object)
    {
        return repairs.note(after(before, why), object, now);
    }
};

BOOST_FIXTURE_TEST_SUITE(repeated_repairs_of_an_object, fixture)

BOOST_AUTO_TEST_CASE(an_object_that_is_repaired_again_in_a_contended_namespace_is_reported)
{
    for (unsigned before = 0; before < 3; ++before)
        BOOST_TEST(!note(before, cause::drift, "ServiceAccount n/a"));
    BOOST_TEST(note(3, cause::drift, "ServiceAccount n/a"));
    BOOST_TEST(!note(4, cause::drift, "ServiceAccount n/b"));
    BOOST_TEST(!note(5, cause::drift, "ServiceAccount m/a"));
    BOOST_TEST(note(6, cause::drift, "ServiceAccount n/b"));
}

BOOST_AUTO_TEST_CASE(writes_without_drift_are_no_repairs)
{
    // Two new tokens, and an account that is created twice, while another client changes account a.
    for (unsigned before = 3; before < 5; ++before)
        for (auto const* object : {"Secret n/tcr.ipsx", "ServiceAccount n/runner", "ServiceAccount n/a"})
            BOOST_TEST(!note(before, cause::change, object));
    BOOST_TEST(!note(5, cause::drift, "ServiceAccount n/runner"));
    BOOST_TEST(!note(5, cause::change, "ServiceAccount n/runner"));
}

BOOST_AUTO_TEST_CASE(a_repair_long_ago_is_no_evidence)
{
    BOOST_TEST(!note(3, cause::drift, "ServiceAccount n/a"));
    now += repeated_repairs::max_interval;
    BOOST_TEST(note(3, cause::drift, "ServiceAccount n/a"));
    now += 2 * repeated_repairs::max_interval;
    BOOST_TEST(!note(3, cause::drift, "ServiceAccount n/a"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace repeated_repairs_test
