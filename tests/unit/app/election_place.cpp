// SPDX-License-Identifier: Apache-2.0
#include "election_place.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

namespace election_place_test
{

using tcr::app::election_place;

/// Sets POD_NAME and POD_UID, which identify the pod to its processes. Null removes the variable.
void set_pod(char const* name, char const* uid)
{
    for (auto const& [variable, value] : {std::pair("POD_NAME", name), std::pair("POD_UID", uid)})
        if (value != nullptr)
            ::setenv(variable, value, 1);
        else
            ::unsetenv(variable);
}

BOOST_AUTO_TEST_SUITE(place_of_the_election)

BOOST_AUTO_TEST_CASE(the_lease_is_in_the_given_namespace)
{
    auto const place = election_place("team");
    BOOST_TEST(place.ns == "team");
    BOOST_TEST(place.name == tcr::app::election_lease);
}

BOOST_AUTO_TEST_CASE(a_restarted_container_of_a_pod_keeps_its_identity)
{
    set_pod("controller-7d", "0a1b");
    BOOST_TEST(election_place("n").identity == "controller-7d_0a1b");
    BOOST_TEST(election_place("n").identity == "controller-7d_0a1b");
    set_pod(nullptr, nullptr);
}

BOOST_AUTO_TEST_CASE(without_a_pod_each_process_has_its_own_identity)
{
    for (auto const& [name, uid] :
         {std::pair<char const*, char const*>(nullptr, nullptr), {"p", nullptr}, {"", "u"}})
    {
        set_pod(name, uid);
        BOOST_TEST(election_place("n").identity != election_place("n").identity);
    }
    set_pod(nullptr, nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace election_place_test
