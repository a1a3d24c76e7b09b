// SPDX-License-Identifier: Apache-2.0
#include "own_namespace.hpp"

#include <boost/test/unit_test.hpp>

namespace own_namespace_test
{

BOOST_AUTO_TEST_SUITE(namespace_of_the_software)

BOOST_AUTO_TEST_CASE(the_option_wins_over_the_pod_and_the_pod_over_the_default)
{
    using tcr::app::own_namespace;
    BOOST_TEST(own_namespace("asked", "pod") == "asked");
    BOOST_TEST(own_namespace("asked", "") == "asked");
    BOOST_TEST(own_namespace("", "pod") == "pod");
    BOOST_TEST(own_namespace("", "") == "tcr-assistant-system");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace own_namespace_test
