#include <tcr/controller/removed_references.hpp>

#include <boost/test/unit_test.hpp>

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
    BOOST_TEST(removed.note_kept(key));
    BOOST_TEST(!removed.note_kept(key));
    BOOST_TEST(!removed.contains(key));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace removed_references_test
