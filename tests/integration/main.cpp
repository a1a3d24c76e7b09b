#define BOOST_TEST_MODULE tcr_assistant_integration
#define BOOST_TEST_NO_MAIN
#include "harness/scene.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

int main(int count, char** words)
{
    int const status = boost::unit_test::unit_test_main(&init_unit_test, count, words);
    // The search comes after the last case, when no check can fail a case any more.
    return status == 0 && tcr::test::leaks_were_found() ? EXIT_FAILURE : status;
}
