// SPDX-License-Identifier: Apache-2.0
#include "memory/process_memory.hpp"
#include "memory/synthetic_cluster.hpp"
#include <tcr/runtime/cluster_store.hpp>
#include <tcr/runtime/work_queue.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace relists_test
{

using namespace memory_tests;
using namespace tcr::runtime;

/// A store whose objects are listed repeatedly, and the work queue that receives the resulting changes.
class relisted_cluster
{
public:
    /// Lists all objects, then runs all queued keys. Before each list except the first, replaces a tenth of
    /// the namespaces by new ones.
    void list_all()
    {
        ++version_;
        if (version_ > 1)
            for (std::size_t i = version_ % 10; i < cluster_namespaces; i += 10)
                generations_[i] = version_;
        list(kind::namespaces);
        list(kind::accounts);
        list(kind::secrets);
        work_off();
    }

    cluster_store const& store() const { return store_; }

private:
    void list(kind which)
    {
        store_.begin_list(which);
        for (std::size_t i = 0; i < cluster_namespaces; ++i)
        {
            auto const name = namespace_name(i, generations_[i]);
            if (which == kind::namespaces)
                note(store_.put_namespace(name, namespace_labels(i), false, source::list));
            else if (which == kind::secrets)
                note(store_.put_secret(name, pull_secret_name(), version_, {}, source::list));
            else
                for (std::size_t k = 0; k < accounts_in_each; ++k)
                    note(store_.put_account(
                        name, account_name(i, k, generations_[i]), version_, references_of(i, k), source::list
                    ));
        }
        std::vector<namespace_id> removed;
        store_.end_list(which, version_, removed);
        for (auto where : removed)
            note({change::removed, where});
    }

    /// A list with the controller's reference. In some versions it also has a new reference of another
    /// client.
    reference_list references_of(std::size_t ns, std::size_t which) const
    {
        std::vector<std::string> names{pull_secret_name()};
        if ((ns + which + version_) % 7 == 0)
            names.push_back("registry-" + std::to_string(1000 + ns % 500 + version_ * 31));
        return names;
    }

    void note(stored event)
    {
        if (event.what != change::none)
            queue_.add(event.where, lane::bulk, cause::drift, now(), 0.5);
    }

    void work_off()
    {
        work_outcome wrote;
        wrote.how = work_outcome::end::wrote;
        while (auto next = queue_.take(share::healthy, now()))
            queue_.done(*next, wrote, pace::quick, now(), 0.5);
    }

    work_queue::time_point now() const { return work_queue::time_point{std::chrono::hours(version_)}; }

    std::uint64_t version_ = 0;
    std::vector<std::uint64_t> generations_ = std::vector<std::uint64_t>(cluster_namespaces, 0);
    cluster_store store_;
    work_queue queue_{{}};
};

BOOST_AUTO_TEST_SUITE(relists)

BOOST_AUTO_TEST_CASE(twenty_relists_with_churn_leave_no_more_than_two)
{
    // Memory in the allocator's thread cache counts as allocated. The allocator returns only whole pages to
    // the system.
    constexpr std::size_t allocated_tolerance = 16 * 1024;
    constexpr std::size_t resident_tolerance = 64 * 1024;
    release_free_memory();
    auto const allocated_before = allocated_bytes();
    auto const resident_before = resident_bytes();
    relisted_cluster cluster;
    std::size_t allocated_after_two = 0;
    std::size_t resident_after_two = 0;
    for (int round = 1; round <= 20; ++round)
    {
        cluster.list_all();
        auto const allocated = allocated_bytes() - allocated_before;
        auto const resident = resident_bytes() - resident_before;
        if (round <= 2 || round == 20)
            BOOST_TEST_MESSAGE(
                "list " << round << " done: " << allocated << " bytes allocated, resident "
                        << resident_text(resident)
            );
        if (round == 2)
        {
            // Round 2 is the first in which the store holds old and new namespaces at the same time. Later
            // rounds must not use more memory.
            allocated_after_two = allocated;
            resident_after_two = resident;
        }
        if (round <= 2)
            continue;
        BOOST_TEST(allocated <= allocated_after_two + allocated_tolerance, "list " << round);
        if (can_tell_resident())
            BOOST_TEST(resident <= resident_after_two + resident_tolerance, "list " << round);
    }
    BOOST_TEST(cluster.store().namespaces() == cluster_namespaces);
    BOOST_TEST(cluster.store().accounts() == cluster_namespaces * accounts_in_each);
    BOOST_TEST(cluster.store().secrets() == cluster_namespaces);
    BOOST_TEST(cluster.store().highest_namespace() <= cluster_namespaces * 11 / 10);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace relists_test
