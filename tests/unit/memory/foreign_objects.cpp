// SPDX-License-Identifier: Apache-2.0

// The memory for objects of other clients has fixed limits, which do not depend on the size of the objects.

#include "memory/process_memory.hpp"
#include "memory/synthetic_cluster.hpp"
#include <tcr/controller/pull_secret.hpp>
#include <tcr/kube/object_stream.hpp>
#include <tcr/runtime/core_reflectors.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace foreign_objects_test
{

using namespace memory_tests;
using namespace tcr::runtime;

/// A debug build parses slowly, so the tests use a tenth of the objects. The memory per object must not
/// depend on the number of objects.
#ifdef NDEBUG
constexpr std::size_t portion = 1;
#else
constexpr std::size_t portion = 10;
#endif

/// Tolerance in bytes. The store allocates records in chunks of 512, indexes double when they grow, and the
/// allocator keeps some freed memory.
constexpr std::size_t slack = 64 * 1024;

/// Passes the pages of a list to the decoder in pieces of 16 KiB, the size of a TLS record. So the test
/// itself never holds a whole object.
class list_feed
{
public:
    explicit list_feed(tcr::kube::list_decoder& page) : page_(page) {}

    void write(std::string_view text)
    {
        while (!text.empty())
        {
            auto const taken = std::min(text.size(), piece_.size() - filled_);
            std::memcpy(piece_.data() + filled_, text.data(), taken);
            filled_ += taken;
            text.remove_prefix(taken);
            if (filled_ == piece_.size())
                flush();
        }
    }

    void flush()
    {
        BOOST_TEST_REQUIRE(!page_.on_body(std::string_view(piece_.data(), filled_)));
        filled_ = 0;
        above_.look();
    }

    /// The largest increase of the allocated bytes since this object was created.
    std::size_t most() const { return above_.bytes(); }

private:
    tcr::kube::list_decoder& page_;
    std::array<char, 16 * 1024> piece_{};
    std::size_t filled_ = 0;
    high_water_mark above_;
};

struct cost
{
    std::size_t most = 0;  ///< maximum of allocated bytes while the list is read
    std::size_t kept = 0;  ///< allocated bytes after the list is read
};

using item_writer = std::function<void(list_feed&, std::size_t)>;

cost cost_of_list(
    reflector& target, std::string const& kind, std::size_t count, item_writer const& write_item
)
{
    auto const before = allocated_bytes();
    cost spent;
    {
        tcr::kube::list_decoder page(target);
        list_feed feed(page);
        target.begin_list();
        constexpr std::size_t page_size = 50;
        for (std::size_t i = 0; i < count;)
        {
            auto const end = std::min(count, i + page_size);
            page.begin_page();
            feed.write(page_head(kind, count - end));
            for (auto const first = i; i < end; ++i)
            {
                if (i > first)
                    feed.write(",");
                write_item(feed, i);
            }
            feed.write(page_tail);
            feed.flush();
            BOOST_TEST_REQUIRE(page.page_complete());
        }
        target.end_list(page.resource_version());
        spent.most = feed.most();
    }
    spent.kept = allocated_bytes() - before;
    return spent;
}

std::string metadata(std::string_view name, std::string_view ns, std::size_t version)
{
    return R"({"metadata":{"name":")" + std::string(name) + R"(","namespace":")" + std::string(ns) +
           R"(","resourceVersion":")" + std::to_string(version + 1) + R"("})";
}

/// JSON entries of imagePullSecrets with a comma before each entry. The text has at least `bytes` bytes.
std::string references_of(std::string_view stem, std::size_t bytes)
{
    std::string all;
    for (std::size_t k = 0; all.size() < bytes; ++k)
        all.append(R"(,{"name":")").append(stem).append(std::to_string(100'000 + k)).append(R"("})");
    return all;
}

/// Measures a list of accounts with `bytes` bytes of additional references each. The first additional
/// reference has a unique name, so that no two accounts have the same list.
cost cost_of_accounts(std::size_t count, std::string_view stem, std::size_t bytes)
{
    cluster_store store;
    account_reflector accounts(store, nullptr, std::string(tcr::controller::secret_prefix));
    auto const others = references_of(stem, bytes);
    auto const write_account = [&](list_feed& feed, std::size_t which)
    {
        auto const account = "account-" + std::to_string(100'000 + which);
        feed.write(metadata(account, "tenant", which) + R"(,"imagePullSecrets":[{"name":"tcr.ipsa"})");
        if (!others.empty())
            feed.write(R"(,{"name":")" + std::string(stem) + account + R"("})");
        feed.write(others);
        feed.write("]}");
    };
    auto const spent = cost_of_list(accounts, "ServiceAccountList", count, write_account);
    BOOST_TEST(store.accounts() == count);
    return spent;
}

/// Checks that the large objects use at most `budget` bytes more than the small objects, both while they are
/// read and afterwards.
void check(char const* what, cost const& large, cost const& small, std::size_t budget)
{
    BOOST_TEST_MESSAGE(
        what << ": " << large.kept << " bytes kept, " << large.most << " at most; of small ones "
             << small.kept << " and " << small.most
    );
    BOOST_TEST(large.kept <= small.kept + budget + slack);
    BOOST_TEST(large.most <= small.most + budget + slack + 2 * reference_list::max_bytes);
}

/// The maximum memory of all distinct lists together, including the pool's overhead for each list.
constexpr std::size_t whole_lists = cluster_store::max_list_bytes / 16 * 17;
constexpr std::size_t own_lists = whole_lists / 2 * 3;

BOOST_AUTO_TEST_SUITE(foreign_objects)

BOOST_AUTO_TEST_CASE(accounts_with_lists_of_1300_kB)
{
    constexpr std::size_t count = 500 / portion;
    cost_of_accounts(count, "registry-", 0);  // the first call makes the allocations that remain
    auto const small = cost_of_accounts(count, "registry-", 0);
    auto const large = cost_of_accounts(count, "registry-", 1'300'000);
    check("accounts with lists of 1.3 MB", large, small, 0);
}

BOOST_AUTO_TEST_CASE(accounts_with_lists_of_3900_bytes)
{
    constexpr std::size_t count = 20'000 / portion;
    auto const small = cost_of_accounts(count, "registry-", 0);
    auto const large = cost_of_accounts(count, "registry-", 6'500);
    check("accounts with lists of almost 4 KiB", large, small, whole_lists);
}

BOOST_AUTO_TEST_CASE(accounts_with_lists_of_60_kB_of_names_like_ours)
{
    constexpr std::size_t count = 5'000 / portion;
    // Each entry counts a fixed number of bytes in addition to its name. Long names make this number small
    // in comparison.
    auto const stem = "tcr.ips" + std::string(200, 'x');
    auto const small = cost_of_accounts(count, stem, 0);
    auto const large = cost_of_accounts(count, stem, 58'500);
    check("accounts with lists of 60 kB like ours", large, small, whole_lists);
}

BOOST_AUTO_TEST_CASE(accounts_with_lists_of_4_kB_of_names_like_ours)
{
    constexpr std::size_t count = 20'000 / portion;
    auto const small = cost_of_accounts(count, "tcr.ips", 0);
    auto const large = cost_of_accounts(count, "tcr.ips", 6'500);
    check("accounts with lists of 4 kB like ours", large, small, own_lists);
}

BOOST_AUTO_TEST_CASE(accounts_with_lists_of_1300_kB_of_names_like_ours)
{
    constexpr std::size_t count = 50 / portion;
    auto const small = cost_of_accounts(count, "tcr.ips", 0);
    auto const large = cost_of_accounts(count, "tcr.ips", 1'300'000);
    check("accounts with lists of 1.3 MB like ours", large, small, 0);
}

cost cost_of_namespaces(std::size_t count, std::size_t label_bytes)
{
    cluster_store store;
    namespace_reflector namespaces(store, nullptr);
    std::string labels;
    for (std::size_t k = 0; labels.size() < label_bytes; ++k)
        labels.append(",\"example.com/").append(std::to_string(100'000 + k)).append("\":\"value\"");
    std::string const annotation(label_bytes, 'x');
    auto const write_item = [&](list_feed& feed, std::size_t which)
    {
        auto const name = namespace_name(which);
        feed.write(R"({"metadata":{"name":")" + name + R"(","resourceVersion":"7","labels":{"a":"1")");
        if (!labels.empty())
            feed.write(",\"of\":\"" + name + "\"");
        feed.write(labels);
        feed.write(R"(},"annotations":{"b":")");
        feed.write(annotation);
        feed.write("\"}}}");
    };
    auto const spent = cost_of_list(namespaces, "PartialObjectMetadataList", count, write_item);
    BOOST_TEST(store.namespaces() == count);
    return spent;
}

BOOST_AUTO_TEST_CASE(namespaces_with_labels_and_annotations_of_1_MB)
{
    constexpr std::size_t count = 100 / portion;
    auto const small = cost_of_namespaces(count, 0);
    auto const large = cost_of_namespaces(count, 1'000'000);
    check("namespaces with labels of 1 MB", large, small, 0);
}

cost cost_of_secrets(std::size_t count, std::size_t bytes)
{
    cluster_store store;
    tcr::controller::pull_secret_reflector secrets(store, nullptr);
    std::string const content(bytes, 'A');
    auto const write_item = [&](list_feed& feed, std::size_t which)
    {
        feed.write(
            R"({"metadata":{"name":"tcr.ips)" + std::to_string(100'000 + which) +
            R"(","namespace":"tenant","resourceVersion":"7","labels":{"app.kubernetes.io/managed-by":)"
            R"("tcr-assistant"},"annotations":{"tcr.tencentcloudcr.com/content-hash":"f00","b":")"
        );
        feed.write(content);
        feed.write(R"("}},"type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":")");
        feed.write(content);
        feed.write(R"(","other":")");
        feed.write(content);
        feed.write("\"}}");
    };
    auto const spent = cost_of_list(secrets, "SecretList", count, write_item);
    BOOST_TEST(store.secrets() == count);
    return spent;
}

BOOST_AUTO_TEST_CASE(secrets_of_1_MB_with_our_label)
{
    constexpr std::size_t count = 100 / portion;
    auto const small = cost_of_secrets(count, 0);
    auto const large = cost_of_secrets(count, 1'000'000);
    check("Secrets of 1 MB", large, small, 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace foreign_objects_test
