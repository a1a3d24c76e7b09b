// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/removed_references.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace removed_references_test
{

using tcr::controller::reference_key;
using tcr::controller::removed_references;

BOOST_AUTO_TEST_SUITE(removed_reference_memory)

BOOST_AUTO_TEST_CASE(a_removed_reference_is_remembered_for_its_place_and_spec)
{
    removed_references removed;
    BOOST_TEST(removed.is_unused());
    reference_key const key{"n", "default", "tcr.ipsx", 1};
    removed.note(key);
    BOOST_TEST(removed.contains(key));
    for (auto const& other :
         {reference_key{"m", "default", "tcr.ipsx", 1},
          reference_key{"n", "builder", "tcr.ipsx", 1},
          reference_key{"n", "default", "tcr.ipsy", 1},
          reference_key{"n", "default", "tcr.ipsx", 2},
          reference_key{"nd", "efault", "tcr.ipsx", 1}})
        BOOST_TEST(!removed.contains(other));
    removed.forget(key);
    BOOST_TEST(!removed.contains(key));
}

BOOST_AUTO_TEST_CASE(a_kept_reference_is_new_once)
{
    removed_references removed;
    reference_key const key{"n", "default", "tcr.ipsx", 1};
    removed.note(key);
    BOOST_TEST(removed.note_kept(key));
    BOOST_TEST(!removed.note_kept(key));
    BOOST_TEST(removed.contains(key));
    removed.forget(key);
    BOOST_TEST(!removed.contains(key));
    BOOST_TEST(removed.note_kept(key));
}

BOOST_AUTO_TEST_CASE(thousands_of_kept_references_are_removed_and_reported_once_each)
{
    removed_references removed;
    constexpr int references = 2'000;
    int removals = 0;
    int reports = 0;
    for (int round = 0; round < 20; ++round)
        for (int number = 0; number < references; ++number)
        {
            auto const ns = "n-" + std::to_string(number);
            reference_key const key{ns, "default", "tcr.ipsx", 1};
            if (removed.contains(key))
                reports += removed.note_kept(key) ? 1 : 0;
            else
            {
                removed.note(key);
                ++removals;
            }
        }
    BOOST_TEST(removals == references);
    BOOST_TEST(reports == references);
}

BOOST_AUTO_TEST_CASE(removals_that_are_not_undone_do_not_displace_a_kept_reference)
{
    removed_references removed;
    reference_key const key{"n", "default", "tcr.ipsx", 1};
    removed.note(key);
    for (int number = 0; number < 100'000; ++number)
    {
        auto const account = "a-" + std::to_string(number);
        removed.note({"n", account, "tcr.ipsx", 1});
        if (number % 1'000 == 0)
            removed.note_kept(key);
    }
    BOOST_TEST(removed.contains(key));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace removed_references_test
