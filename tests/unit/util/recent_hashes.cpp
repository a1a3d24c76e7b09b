// SPDX-License-Identifier: Apache-2.0
#include <tcr/util/recent_hashes.hpp>

#include <boost/test/unit_test.hpp>

namespace recent_hashes_test
{

using tcr::recent_hashes;

BOOST_AUTO_TEST_SUITE(recent_hashes_in_bounded_memory)

BOOST_AUTO_TEST_CASE(an_unused_set_contains_nothing)
{
    recent_hashes set;
    BOOST_TEST(set.is_unused());
    BOOST_TEST(!set.contains(0));
    BOOST_TEST(!set.contains(7));
    set.forget(7);
    BOOST_TEST(set.is_unused());
}

BOOST_AUTO_TEST_CASE(noted_hashes_are_contained_until_they_are_forgotten)
{
    constexpr std::uint64_t max_size = 4'096;
    recent_hashes set(max_size);
    for (std::uint64_t each = 1; each <= max_size; ++each)
        set.note(each);
    BOOST_TEST(!set.is_unused());
    for (std::uint64_t each = 1; each <= max_size; ++each)
        BOOST_TEST_REQUIRE(set.contains(each));
    set.forget(9);
    BOOST_TEST(!set.contains(9));
    BOOST_TEST(set.contains(8));
}

BOOST_AUTO_TEST_CASE(a_new_hash_replaces_the_oldest_with_the_same_low_bits)
{
    constexpr auto group_size = recent_hashes::group_size;
    recent_hashes set;
    auto const hash = [](std::uint64_t number) { return number << 32 | 5; };
    for (std::uint64_t each = 1; each <= group_size; ++each)
        set.note(hash(each));
    set.note(hash(1));  // is the newest again
    set.note(hash(group_size + 1));
    BOOST_TEST(set.contains(hash(1)));
    BOOST_TEST(!set.contains(hash(2)));
    for (std::uint64_t each = 3; each <= group_size + 1; ++each)
        BOOST_TEST(set.contains(hash(each)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace recent_hashes_test
