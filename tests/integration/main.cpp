// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE tcr_assistant_integration
#define BOOST_TEST_NO_MAIN
#include "harness/fixture.hpp"
#include "harness/secret_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

int main(int count, char** words)
{
    int const status = boost::unit_test::unit_test_main(&init_unit_test, count, words);
    // A leak may be found after the last case, when no check can fail a case any more.
    bool const is_bad = tcr::test::leaks_were_found() || tcr::test::environment_ended_badly();
    return status == 0 && is_bad ? EXIT_FAILURE : status;
}
