// SPDX-License-Identifier: Apache-2.0
#include "memory/process_memory.hpp"
#include "memory/synthetic_cluster.hpp"
#include <tcr/controller/pull_secret.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/runtime/core_reflectors.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <functional>
#include <string>

namespace lists_test
{

using namespace memory_tests;
using namespace tcr::runtime;

/// Passes text to `sink` in pieces of various sizes, as a network with TLS records delivers text.
class cut_up
{
public:
    explicit cut_up(tcr::net::body_sink& sink) : sink_(sink) { waiting_.reserve(2 * sizes.back()); }

    void write(std::string_view text)
    {
        bytes_ += text.size();
        waiting_.append(text);
        std::size_t at = 0;
        for (auto size = sizes[turn_]; waiting_.size() - at >= size; size = sizes[++turn_ %= sizes.size()])
        {
            BOOST_TEST_REQUIRE(!sink_.on_body(std::string_view(waiting_).substr(at, size)));
            at += size;
        }
        waiting_.erase(0, at);
    }

    void flush()
    {
        BOOST_TEST_REQUIRE(!sink_.on_body(waiting_));
        waiting_.clear();
    }

    std::size_t bytes() const { return bytes_; }

private:
    static constexpr std::array<std::size_t, 7> sizes{1369, 1, 4093, 61, 7, 977, 16'384};

    tcr::net::body_sink& sink_;
    std::string waiting_;
    std::size_t turn_ = 0;
    std::size_t bytes_ = 0;
};

/// The size of a list as JSON, and the largest increase of allocated and of resident memory after a page.
struct cost
{
    std::size_t json = 0;
    std::size_t allocated = 0;
    std::size_t resident = 0;
};

/// Feeds a list of `count` items to a reflector, page by page.
cost cost_of_list(
    reflector& target,
    std::string const& kind,
    std::size_t count,
    std::function<std::string(std::size_t)> const& item
)
{
    release_free_memory();
    high_water_mark allocated(allocated_bytes);
    high_water_mark resident(resident_bytes);
    tcr::kube::list_decoder page(target);
    cut_up network(page);
    target.begin_list();
    for (std::size_t i = 0; i < count;)
    {
        auto const end = std::min(count, i + tcr::kube::list_page_size);
        page.begin_page();
        network.write(page_head(kind, count - end));
        for (auto const first = i; i < end; ++i)
        {
            if (i > first)
                network.write(",");
            network.write(item(i));
        }
        network.write(page_tail);
        network.flush();
        BOOST_TEST_REQUIRE(page.page_complete());
        allocated.look();
        resident.look();
    }
    target.end_list(page.resource_version());
    return {network.bytes(), allocated.bytes(), resident.bytes()};
}

/// Lists objects before the measurement, so that memory that is allocated only once is not measured.
void warm_up()
{
    cluster_store store;
    account_reflector accounts(store, nullptr, std::string(tcr::controller::secret_prefix));
    tcr::controller::pull_secret_reflector secrets(store, nullptr);
    cost_of_list(accounts, "ServiceAccountList", 1000, [](std::size_t i) { return account_json(i, 0); });
    cost_of_list(secrets, "SecretList", 1000, [](std::size_t i) { return secret_json(i, 1024); });
}

/// Checks the memory of a list. Callers pass limits that are 25 % above the measured values.
void check(char const* what, cost const& spent, std::size_t most_allocated, std::size_t most_resident)
{
    BOOST_TEST_MESSAGE(
        what << ": " << spent.json << " bytes of JSON, allocated " << spent.allocated << ", resident "
             << resident_text(spent.resident)
    );
    BOOST_TEST(spent.allocated < most_allocated);
    if (can_tell_resident())
        BOOST_TEST(spent.resident < most_resident);
}

constexpr std::size_t operator""_KiB(unsigned long long count)
{
    return count * 1024;
}

BOOST_AUTO_TEST_SUITE(lists)

BOOST_AUTO_TEST_CASE(a_list_of_50000_accounts)
{
    warm_up();
    cluster_store store;
    account_reflector accounts(store, nullptr, std::string(tcr::controller::secret_prefix));
    auto const spent = cost_of_list(
        accounts,
        "ServiceAccountList",
        cluster_namespaces * accounts_in_each,
        [](std::size_t i) { return account_json(i / accounts_in_each, i % accounts_in_each); }
    );
    BOOST_TEST(store.accounts() == cluster_namespaces * accounts_in_each);
    check("a list of 50,000 accounts", spent, 3920_KiB, 3920_KiB);
}

BOOST_AUTO_TEST_CASE(a_list_of_10000_secrets)
{
    warm_up();
    cluster_store store;
    tcr::controller::pull_secret_reflector secrets(store, nullptr);
    // The measured memory includes the names of the namespaces, because the namespaces were not listed
    // before.
    auto const spent = cost_of_list(
        secrets, "SecretList", cluster_namespaces, [](std::size_t i) { return secret_json(i, 1024); }
    );
    BOOST_TEST(store.secrets() == cluster_namespaces);
    check("a list of 10,000 Secrets", spent, 1470_KiB, 1470_KiB);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace lists_test
