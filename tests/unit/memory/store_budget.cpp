// SPDX-License-Identifier: Apache-2.0
#include "memory/process_memory.hpp"
#include "memory/synthetic_cluster.hpp"
#include <tcr/controller/time_to_ready.hpp>
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/work_queue.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <bit>
#include <set>
#include <string>

namespace store_budget_test
{

using namespace memory_tests;
using namespace tcr::runtime;

/// The bytes that glibc uses for an allocation: the requested bytes plus a header of 8 bytes, rounded up to a
/// multiple of 16, and at least 32.
constexpr std::size_t allocation(std::size_t bytes)
{
    return std::max<std::size_t>(32, (bytes + 8 + 15) / 16 * 16);
}

/// The memory of a vector with `count` elements that were added one by one. Its capacity is a power of two.
constexpr std::size_t grown_vector(std::size_t count, std::size_t element)
{
    return allocation(std::bit_ceil(count) * element);
}

/// The memory that the store may use: the sum of the sizes of its records, indexes and texts.
class budget
{
public:
    void add_namespace(std::string const& name, std::string const& labels)
    {
        ++namespaces_;
        texts_.insert(name);
        texts_.insert(labels);
    }
    void add_account(std::string const& name, std::string const& references)
    {
        ++accounts_;
        texts_.insert(name);
        texts_.insert(references);
    }
    void add_secret(std::string const& name)
    {
        ++secrets_;
        texts_.insert(name);
    }

    std::size_t bytes() const
    {
        auto const texts = texts_.size() + 1;  // plus the empty text
        std::size_t sum = grown_vector(texts, sizeof(void*));
        sum +=
            allocation(std::bit_ceil(texts * 4 / 3) * sizeof(string_pool::id));  // hash table, filled to 3/4
        sum += grown_vector(texts, sizeof(namespace_id));                        // namespaces by name
        for (auto const& text : texts_)
            sum += allocation(8 + text.size());
        return sum + records<cluster_store::namespace_record>(namespaces_) +
               records<cluster_store::account_record>(accounts_) +
               records<cluster_store::secret_record>(secrets_);
    }

private:
    template <class Record>
    static std::size_t records(std::size_t count)
    {
        constexpr std::size_t in_a_chunk = 512;
        auto const chunks = (count + in_a_chunk - 1) / in_a_chunk;
        return chunks * allocation(in_a_chunk * sizeof(Record)) + grown_vector(chunks, sizeof(void*));
    }

    std::size_t namespaces_ = 0;
    std::size_t accounts_ = 0;
    std::size_t secrets_ = 0;
    std::set<std::string> texts_;
};

/// Measures the bytes that were allocated after this object was created. Checks have a tolerance, because
/// memory in the allocator's thread cache counts as allocated.
class meter
{
public:
    std::size_t bytes() const { return allocated_bytes() - before_; }

    void check(std::size_t budget) const
    {
        constexpr std::size_t slack = 16 * 1024;
        BOOST_TEST(bytes() <= budget + budget / 100 + slack);
    }

private:
    std::size_t before_ = allocated_bytes();
};

std::string each(std::size_t bytes, std::size_t count)
{
    return std::to_string((bytes + count / 2) / count);
}

/// The memory of a work queue for its states: one state of 16 bytes per key.
constexpr std::size_t queue_states(std::size_t keys)
{
    return grown_vector(keys + 1, 16);
}
constexpr std::size_t queued_keys(std::size_t keys)
{
    return queue_states(keys) + keys * sizeof(work_queue::key);
}

/// The maximum memory of `time_to_ready`: a hash table with at most 4096 nodes and buckets.
constexpr std::size_t measured_new_namespaces = 4096 * (allocation(24) + 2 * sizeof(void*));

struct fixture
{
    void add_whole_namespace(budget& allowed, std::size_t i) const
    {
        allowed.add_namespace(namespace_name(i), namespace_labels(i));
        for (std::size_t k = 0; k < accounts_in_each; ++k)
            allowed.add_account(account_name(i, k), encoded_references());
        allowed.add_secret(pull_secret_name());
    }
    std::string encoded_references() const { return std::string(reference_list(references).text()); }

    void put_namespaces()
    {
        for (std::size_t i = 0; i < cluster_namespaces; ++i)
            store.put_namespace(namespace_name(i), namespace_labels(i), false);
    }
    void put_accounts()
    {
        for (std::size_t i = 0; i < cluster_namespaces; ++i)
            for (std::size_t k = 0; k < accounts_in_each; ++k)
                store.put_account(namespace_name(i), account_name(i, k), 1, references);
    }
    void put_secrets()
    {
        for (std::size_t i = 0; i < cluster_namespaces; ++i)
            store.put_secret(namespace_name(i), pull_secret_name(), 1, {});
    }

    std::vector<std::string> const references{pull_secret_name()};
    cluster_store store;
};

using time_point = work_queue::time_point;

BOOST_FIXTURE_TEST_SUITE(budgets, fixture)

BOOST_AUTO_TEST_CASE(the_store_takes_its_records_and_each_text_once)
{
    constexpr auto accounts = cluster_namespaces * accounts_in_each;
    budget allowed;
    for (std::size_t i = 0; i < cluster_namespaces; ++i)
        allowed.add_namespace(namespace_name(i), namespace_labels(i));
    auto const for_namespaces = allowed.bytes();
    for (std::size_t i = 0; i < cluster_namespaces; ++i)
        for (std::size_t k = 0; k < accounts_in_each; ++k)
            allowed.add_account(account_name(i, k), encoded_references());
    auto const for_accounts = allowed.bytes();
    for (std::size_t i = 0; i < cluster_namespaces; ++i)
        allowed.add_secret(pull_secret_name());

    meter taken;
    put_namespaces();
    auto const after_namespaces = taken.bytes();
    taken.check(for_namespaces);
    put_accounts();
    auto const after_accounts = taken.bytes();
    taken.check(for_accounts);
    put_secrets();
    taken.check(allowed.bytes());
    BOOST_TEST(store.accounts() == accounts);

    BOOST_TEST_MESSAGE("store, bytes a namespace: " << each(after_namespaces, cluster_namespaces));
    BOOST_TEST_MESSAGE("store, bytes an account: " << each(after_accounts - after_namespaces, accounts));
    BOOST_TEST_MESSAGE("store, bytes a Secret: " << each(taken.bytes() - after_accounts, cluster_namespaces));
    BOOST_TEST_MESSAGE("store, bytes of all: " << taken.bytes() << ", budget " << allowed.bytes());
}

BOOST_AUTO_TEST_CASE(an_account_whose_name_is_known_takes_its_record_alone)
{
    put_namespaces();
    for (std::size_t i = 0; i < cluster_namespaces; ++i)
        store.put_account(namespace_name(i), "default", 1, references);
    meter taken;
    for (std::size_t i = 0; i < cluster_namespaces; ++i)
        store.put_account(namespace_name(i), "builder", 1, references);
    taken.check(cluster_namespaces * sizeof(cluster_store::account_record));
    BOOST_TEST_MESSAGE(
        "store, bytes an account named as others: " << each(taken.bytes(), cluster_namespaces)
    );
}

BOOST_AUTO_TEST_CASE(the_queue_takes_a_state_a_key_and_a_place_while_it_is_queued)
{
    constexpr std::size_t delay = 16;  // size of an entry: due time, key and stamp
    meter taken;
    work_queue queue{{}};
    time_point const now{};
    for (work_queue::key each_key = 1; each_key <= cluster_namespaces; ++each_key)
        queue.add(each_key, lane::bulk, cause::change, now, 0.5);
    taken.check(queued_keys(cluster_namespaces));
    BOOST_TEST_MESSAGE("queue, bytes a namespace: " << each(taken.bytes(), cluster_namespaces));

    // Each key fails and then waits for its retry.
    work_outcome failed;
    failed.how = work_outcome::end::failed;
    while (auto next = queue.take(share::healthy, now))
        queue.done(*next, failed, pace::quick, now, 0.5);
    taken.check(queue_states(cluster_namespaces) + grown_vector(cluster_namespaces, delay));
    BOOST_TEST_MESSAGE(
        "queue after all failed, bytes a namespace: " << each(taken.bytes(), cluster_namespaces)
    );
}

BOOST_AUTO_TEST_CASE(keys_that_fail_and_are_asked_for_again_and_again_leave_nothing_behind)
{
    // A tenant creates accounts in namespaces whose runs always fail. Each account requests a run before the
    // delay of the retry has passed.
    constexpr std::size_t keys = 16;
    meter taken;
    work_queue queue{{}};
    work_outcome failed;
    failed.how = work_outcome::end::failed;
    time_point now{};
    for (int i = 0; i < 100'000; ++i)
    {
        now += std::chrono::milliseconds(1);
        auto const which = static_cast<work_queue::key>(1 + i % keys);
        queue.add(which, lane::fresh, cause::change, now, 0.5);
        while (auto next = queue.take(share::healthy, now))
            queue.done(*next, failed, pace::quick, now, 0.5);
    }
    BOOST_TEST(queue.delayed() == keys);
    BOOST_TEST_MESSAGE("queue after 100,000 failures of 16 keys, bytes: " << taken.bytes());
    taken.check(queued_keys(keys) + grown_vector(1024, 16));

    // Each key still has exactly one valid entry.
    now += std::chrono::hours(1);
    std::set<work_queue::key> due;
    // Retries of failed runs are in the slow share.
    while (auto next = queue.take(share::slow, now))
        BOOST_TEST(due.insert(*next).second);
    BOOST_TEST(due.size() == keys);
}

BOOST_AUTO_TEST_CASE(a_key_that_moves_up_again_and_again_leaves_nothing_behind_where_it_waited)
{
    meter taken;
    work_queue queue{{}};
    work_outcome failed;
    failed.how = work_outcome::end::failed;
    time_point now{};
    // The slow share starts no runs, as if all its slots hung. So key 1 stays the first in the queue, and old
    // entries of key 2 could accumulate behind key 1.
    for (work_queue::key each_key : {1u, 2u})
    {
        queue.add(each_key, lane::fresh, cause::change, now, 0.5);
        BOOST_TEST(queue.take(share::healthy, now).value() == each_key);
        queue.done(each_key, failed, pace::quick, now, 0.5);
    }
    for (int i = 0; i < 100'000; ++i)
    {
        now += std::chrono::minutes(10);
        BOOST_TEST_REQUIRE(!queue.take(share::healthy, now).has_value());
        BOOST_TEST_REQUIRE(queue.ready(share::slow) == 2u);
        queue.add(2, lane::fresh, cause::change, now, 0.5);
        BOOST_TEST_REQUIRE(queue.take(share::healthy, now).value() == 2u);
        queue.done(2, failed, pace::quick, now, 0.5);
    }
    BOOST_TEST_MESSAGE("queue after 100,000 moves of a key, bytes: " << taken.bytes());
    taken.check(queued_keys(1024));
    // Each of the two keys is still in the queue exactly once.
    now += std::chrono::minutes(10);
    BOOST_TEST(queue.take(share::slow, now).value() == 1u);
    BOOST_TEST(queue.take(share::slow, now).value() == 2u);
    BOOST_TEST(!queue.take(share::slow, now).has_value());
}

BOOST_AUTO_TEST_CASE(new_namespaces_are_timed_in_bounded_memory)
{
    meter taken;
    tcr::controller::time_to_ready measured;
    for (namespace_id where = 1; where <= cluster_namespaces; ++where)
        measured.appeared(where, time_point{});
    taken.check(measured_new_namespaces);
    BOOST_TEST_MESSAGE("times to ready of new namespaces, bytes at the most: " << taken.bytes());
}

BOOST_AUTO_TEST_CASE(all_that_the_controller_keeps_of_a_cluster)
{
    budget allowed;
    for (std::size_t i = 0; i < cluster_namespaces; ++i)
        add_whole_namespace(allowed, i);

    meter taken;
    put_namespaces();
    put_accounts();
    put_secrets();
    work_queue queue{{}};
    tcr::controller::time_to_ready measured;
    store.for_each_namespace(
        [&](namespace_id where)
        {
            queue.add(where, lane::bulk, cause::change, time_point{}, 0.5);
            measured.appeared(where, time_point{});
        }
    );
    taken.check(allowed.bytes() + queued_keys(cluster_namespaces) + measured_new_namespaces);
    BOOST_TEST_MESSAGE(
        "the whole, bytes a namespace with "
        << accounts_in_each << " accounts and a Secret: " << each(taken.bytes(), cluster_namespaces)
    );
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace store_budget_test
