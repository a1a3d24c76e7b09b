// SPDX-License-Identifier: Apache-2.0
#include <tcr/runtime/string_pool.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace string_pool_test
{

using tcr::runtime::string_pool;
using id = string_pool::id;

BOOST_AUTO_TEST_SUITE(pool)

BOOST_AUTO_TEST_CASE(the_empty_text_is_number_0_and_never_counted)
{
    string_pool pool;
    BOOST_TEST(pool.acquire("") == 0u);
    BOOST_TEST(pool.find("") == 0u);
    BOOST_TEST(pool.text(0) == "");
    BOOST_TEST(pool.size() == 0u);
    pool.release(0);
    BOOST_TEST(pool.find("") == 0u);
}

BOOST_AUTO_TEST_CASE(equal_texts_share_a_number_and_others_do_not)
{
    string_pool pool;
    auto const a = pool.acquire("a");
    auto const b = pool.acquire("b");
    BOOST_TEST(a != b);
    BOOST_TEST(a != 0u);
    BOOST_TEST(pool.acquire(std::string("a")) == a);
    BOOST_TEST(pool.find("b") == b);
    BOOST_TEST(pool.find("c") == string_pool::absent);
    BOOST_TEST(pool.text(a) == "a");
    BOOST_TEST(pool.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_text_is_freed_with_its_last_use)
{
    string_pool pool;
    auto const a = pool.acquire("a");
    pool.acquire("a");
    pool.acquire("a");
    for (int uses = 3; uses > 0; --uses)
    {
        BOOST_TEST(pool.find("a") == a);
        pool.release(a);
    }
    BOOST_TEST(pool.find("a") == string_pool::absent);
    BOOST_TEST(pool.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_freed_number_is_used_again)
{
    string_pool pool;
    auto const a = pool.acquire("a");
    auto const b = pool.acquire("b");
    pool.release(a);
    BOOST_TEST(pool.acquire("c") == a);
    BOOST_TEST(pool.text(a) == "c");
    BOOST_TEST(pool.text(b) == "b");
}

BOOST_AUTO_TEST_CASE(any_bytes_are_a_text)
{
    string_pool pool;
    std::string const zeros("\0a\0", 3);
    auto const number = pool.acquire(zeros);
    BOOST_TEST((pool.text(number) == zeros));
    BOOST_TEST(pool.find(std::string_view("\0a", 2)) == string_pool::absent);
    std::string const huge(1'000'000, 'x');
    BOOST_TEST((pool.text(pool.acquire(huge)) == huge));
}

BOOST_AUTO_TEST_CASE(a_text_may_be_acquired_from_the_pool_itself)
{
    string_pool pool;
    auto const whole = pool.acquire("some name");
    for (int i = 0; i < 1000; ++i)
        pool.acquire("filler " + std::to_string(i));
    BOOST_TEST(pool.text(pool.acquire(pool.text(whole).substr(5))) == "name");
}

BOOST_AUTO_TEST_CASE(texts_keep_their_number_and_their_place_while_the_pool_grows)
{
    string_pool pool;
    std::vector<id> numbers;
    std::vector<std::string_view> places;
    for (int i = 0; i < 20'000; ++i)
    {
        numbers.push_back(pool.acquire("name-" + std::to_string(i)));
        places.push_back(pool.text(numbers.back()));
    }
    BOOST_TEST(pool.size() == 20'000u);
    for (std::size_t i = 0; i < numbers.size(); ++i)
    {
        auto const text = "name-" + std::to_string(i);
        BOOST_TEST_REQUIRE(pool.find(text) == numbers[i]);
        BOOST_TEST_REQUIRE(places[i] == text);
    }
}

/// Checks that the pool contains exactly the texts of the model, each with the same id.
void check_all(string_pool const& pool, std::map<std::string, std::pair<id, int>> const& model)
{
    BOOST_TEST_REQUIRE(pool.size() == model.size());
    std::set<id> numbers;
    for (auto const& [text, entry] : model)
    {
        BOOST_TEST_REQUIRE(pool.find(text) == entry.first);
        BOOST_TEST_REQUIRE(pool.text(entry.first) == text);
        BOOST_TEST_REQUIRE(numbers.insert(entry.first).second);
    }
}

BOOST_AUTO_TEST_CASE(any_order_of_uses_and_releases_leaves_what_is_in_use)
{
    // With few different names, sequences of occupied slots form, split and join again at every fill level.
    for (unsigned seed : {1u, 2u, 3u, 4u})
        for (int most : {20, 48, 100, 700})
        {
            std::minstd_rand random(seed);
            string_pool pool;
            std::map<std::string, std::pair<id, int>> model;
            for (int step = 0; step < 6000; ++step)
            {
                auto const text = "n" + std::to_string(random() % static_cast<unsigned>(most));
                auto const known = model.find(text);
                // The pool grows for 1500 steps, then shrinks for 1500 steps.
                bool const adds = random() % 10 < (step / 1500 % 2 == 0 ? 7u : 3u);
                if (adds)
                {
                    auto const number = pool.acquire(text);
                    if (known != model.end())
                        BOOST_TEST_REQUIRE(number == known->second.first);
                    model[text].first = number;
                    ++model[text].second;
                }
                else if (known != model.end())
                {
                    pool.release(known->second.first);
                    if (--known->second.second == 0)
                        model.erase(known);
                }
                else
                    BOOST_TEST_REQUIRE(pool.find(text) == string_pool::absent);
                if (step % 50 == 0)
                    check_all(pool, model);
            }
            check_all(pool, model);
            while (!model.empty())
            {
                auto const first = model.begin();
                for (; first->second.second > 0; --first->second.second)
                    pool.release(first->second.first);
                model.erase(first);
                if (model.size() % 16 == 0)
                    check_all(pool, model);
            }
            BOOST_TEST(pool.size() == 0u);
        }
}

BOOST_AUTO_TEST_CASE(each_gap_a_removal_leaves_is_closed)
{
    // The table has 64 slots and is as full as possible without growth. It has long sequences of occupied
    // slots, and a sequence can continue from the last slot to the first slot.
    for (int removed = 0; removed < 48; ++removed)
    {
        string_pool pool;
        std::vector<id> numbers;
        for (int i = 0; i < 48; ++i)
            numbers.push_back(pool.acquire("text " + std::to_string(i)));
        pool.release(numbers[static_cast<std::size_t>(removed)]);
        for (int i = 0; i < 48; ++i)
        {
            auto const expected = i == removed ? string_pool::absent : numbers[static_cast<std::size_t>(i)];
            BOOST_TEST(
                pool.find("text " + std::to_string(i)) == expected, "text " << i << " without " << removed
            );
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace string_pool_test
