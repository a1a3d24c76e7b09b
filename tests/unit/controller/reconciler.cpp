// SPDX-License-Identifier: Apache-2.0
#include "controller/api_server.hpp"
#include "controller/valid_object.hpp"
#include "memory_log.hpp"
#include "own_references.hpp"
#include <tcr/controller/reconciler.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace reconciler_test
{

using namespace std::chrono_literals;
using namespace tcr;
using namespace tcr::controller;
using end = runtime::work_outcome::end;

/// A reconciler for the API server's namespace "a" and its ImagePullSecret "team".
struct fixture
{
    fixture()
    {
        held.hold_for_ever();
        parts.spawn(server.run());
        store.put_namespace("a", "", false);
        auto cr = sample("team");
        cr.uid = "u1";
        entries.put(cr);
    }
    ~fixture()
    {
        parts.cancel();
        BOOST_TEST(eventually([this] { return parts.size() == 0; }));
    }
    fixture(fixture const&) = delete;
    fixture& operator=(fixture const&) = delete;

    template <class Condition>
    bool eventually(Condition is_true)
    {
        auto const deadline = std::chrono::steady_clock::now() + 10s;
        while (!is_true() && std::chrono::steady_clock::now() < deadline)
        {
            loop.restart();
            loop.run_for(5ms);
        }
        return is_true();
    }

    /// The outcome of one run for namespace "a".
    end reconcile()
    {
        std::optional<runtime::work_outcome> outcome;
        asio::co_spawn(
            loop,
            subject.reconcile(*store.find_namespace("a"), {}),
            [&](std::exception_ptr failure, runtime::work_outcome how)
            {
                BOOST_TEST((failure == nullptr));
                outcome = how;
            }
        );
        BOOST_TEST_REQUIRE(eventually([&] { return outcome.has_value(); }));
        return outcome->how;
    }

    asio::io_context loop{1};
    test::memory_log log;
    test::api_server server{loop, log.log};
    std::unique_ptr<kube::client> client = server.make_client();
    runtime::leadership held;
    runtime::fenced_client writes{loop.get_executor(), *client, held};
    runtime::cluster_store store;
    catalog entries;
    recent_writes recent;
    runtime::event_recorder events{
        loop.get_executor(),
        [this](auto request, auto doing) { return writes.fetch(std::move(request), doing); },
        {},
        log.log};
    reconciler subject{writes, store, entries, recent, events, log.log, {[] {}, [](auto) {}}};
    task_group parts{loop.get_executor()};
};

BOOST_FIXTURE_TEST_SUITE(reconciling, fixture)

BOOST_AUTO_TEST_CASE(a_write_to_a_deleted_object_is_no_success)
{
    store.put_account("a", "default", 5, runtime::reference_list());
    server.missing.insert("/api/v1/namespaces/a/serviceaccounts/default");
    BOOST_TEST((reconcile() == end::wrote));
    BOOST_TEST(server.count("POST /api/v1/namespaces/a/secrets") == 1u);
    BOOST_TEST(server.count("PATCH /api/v1/namespaces/a/serviceaccounts/default") == 1u);
    BOOST_TEST(recent.of("team").secrets.updated.size() == 1u);
    BOOST_TEST(recent.of("team").accounts.updated.empty());
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_left_unchanged_is_no_success)
{
    // The API server has the ImagePullSecret with another UID, so this Secret must not get an owner.
    runtime::secret_state kept;
    kept.is_unowned = true;
    kept.has_our_label = true;
    store.put_secret("a", "tcr.ipsteam", 7, kept);
    BOOST_TEST((reconcile() == end::settled));
    BOOST_TEST(server.writes.empty());
    BOOST_TEST(recent.of("team").secrets.updated.empty());
}

BOOST_AUTO_TEST_CASE(an_account_read_before_the_secret_it_refers_to_loses_a_stale_reference)
{
    runtime::secret_state present;
    present.fingerprint = entries.find("team")->secret.fingerprint;
    present.has_our_label = true;
    store.put_secret("a", "tcr.ipsteam", 7, present);
    test::put_unread_account(store, "a", "default", 5);
    server.answers["/api/v1/namespaces/a/serviceaccounts"] =
        R"({"kind":"ServiceAccountList","metadata":{"resourceVersion":"10"},"items":[)"
        R"({"metadata":{"name":"default","namespace":"a","uid":"u3","resourceVersion":"5"},)"
        R"("imagePullSecrets":[{"name":"tcr.ipsteam"},{"name":"tcr.ipsstale"}]}]})";
    server.missing.insert("/api/v1/namespaces/a/secrets/tcr.ipsstale");
    // The server gives the old list again after the write, so the run writes more than once.
    reconcile();
    BOOST_TEST(server.count("PATCH /api/v1/namespaces/a/serviceaccounts/default") > 0u);
}

BOOST_AUTO_TEST_CASE(an_immutable_secret_without_our_label_is_created_again)
{
    // `find_unlabeled_secrets` stores an empty state, because a metadata list shows no content.
    store.put_secret("a", "tcr.ipsteam", 7, {}, runtime::source::get);
    std::string const path = "/api/v1/namespaces/a/secrets/tcr.ipsteam";
    server.immutable.insert(path);
    server.answers[path] =
        R"({"metadata":{"name":"tcr.ipsteam","namespace":"a","uid":"u4","resourceVersion":"7",)"
        R"("ownerReferences":[{"apiVersion":"tcr.tencentcloudcr.com/v1","kind":"ImagePullSecret",)"
        R"("name":"team","uid":"u1","controller":true}]},)"
        R"("type":"kubernetes.io/dockerconfigjson","immutable":true,"data":{".dockerconfigjson":"e30="}})";
    BOOST_TEST((reconcile() == end::wrote));
    std::vector<std::string> const expected{
        "PATCH " + path, "DELETE " + path, "POST /api/v1/namespaces/a/secrets"};
    BOOST_TEST(server.writes == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace reconciler_test
