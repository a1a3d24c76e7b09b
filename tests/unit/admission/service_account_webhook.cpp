// SPDX-License-Identifier: Apache-2.0
#include "../run_coroutine.hpp"
#include "webhook_fixture.hpp"
#include <tcr/admission/service_account_webhook.hpp>
#include <tcr/util/strings.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/this_coro.hpp>

namespace service_account_webhook_test
{

using namespace tcr;
using namespace tcr::test;

struct mutating : cluster
{
    service_account_webhook webhook{catalog, store, [this] { return is_synced; }};

    net::server_response ask(review_body const& body)
    {
        auto const request = post(body.text());
        net::server_response response;
        auto asking = [&]() -> task<void>
        {
            auto answering = webhook.answer(request);
            response = co_await std::move(answering);
        };
        run_coroutine(asking);
        return response;
    }

    /// The patch for a new account in namespace team-a; empty if the response contains no patch.
    std::string patch_of(std::string const& object) { return patch_in(ask(new_account("team-a", object))); }

    static std::string patch_in(net::server_response const& response)
    {
        auto const answer = response_in(response);
        BOOST_TEST(answer.at("allowed").as_bool());
        auto const* patch = answer.as_object().if_contains("patch");
        if (patch == nullptr)
            return {};
        BOOST_TEST(answer.at("patchType").as_string() == "JSONPatch");
        return *base64_decode(std::string(patch->as_string()));
    }
};

BOOST_FIXTURE_TEST_SUITE(service_accounts, mutating)

BOOST_AUTO_TEST_CASE(an_account_without_a_list_gets_one)
{
    catalog.put(sample("a"));
    catalog.put(sample("b"));
    BOOST_TEST(
        patch_of(plain_account) ==
        R"([{"op":"add","path":"/imagePullSecrets","value":[{"name":"tcr.ipsa"},{"name":"tcr.ipsb"}]}])"
    );
}

BOOST_AUTO_TEST_CASE(existing_entries_stay_first)
{
    catalog.put(sample("a"));
    catalog.put(sample("b"));
    BOOST_TEST(
        patch_of(R"({"metadata":{"name":"x"},"imagePullSecrets":[{"name":"mine"},{},{"name":"tcr.ipsb"}]})"
        ) == R"([{"op":"add","path":"/imagePullSecrets/-","value":{"name":"tcr.ipsa"}}])"
    );
    BOOST_TEST(
        patch_of(R"({"metadata":{"name":"x"},"imagePullSecrets":[{"name":"tcr.ipsb"},{"name":"tcr.ipsa"}]})"
        ) == ""
    );
    BOOST_TEST(
        patch_of(R"({"metadata":{"name":"x"},"imagePullSecrets":[]})") ==
        R"([{"op":"add","path":"/imagePullSecrets/-","value":{"name":"tcr.ipsa"}},)"
        R"({"op":"add","path":"/imagePullSecrets/-","value":{"name":"tcr.ipsb"}}])"
    );
}

BOOST_AUTO_TEST_CASE(accounts_with_very_many_entries_are_handled)
{
    catalog.put(sample("a"));
    std::string many = "{}";
    std::string ours = R"({"name":"tcr.ipsx"})";
    for (int i = 0; i < 20'000; ++i)
    {
        many += ",{}";
        ours += R"(,{"name":"tcr.ips)" + std::to_string(i) + "\"}";
    }
    auto const with_list = [](std::string const& list)
    { return R"({"metadata":{"name":"x"},"imagePullSecrets":[)" + list + "]}"; };
    BOOST_TEST(patch_of(with_list(many)) != "");
    BOOST_TEST(patch_of(with_list(ours)) == "");
}

BOOST_AUTO_TEST_CASE(accounts_that_are_not_served_stay_unchanged)
{
    catalog.put(sample("a", "team-b"));
    catalog.put(sample("b", "*", "builder"));
    BOOST_TEST(patch_of(plain_account) == "");
}

BOOST_AUTO_TEST_CASE(a_dry_run_is_answered)
{
    catalog.put(sample("a"));
    auto body = new_account("team-a", plain_account);
    body.more = R"("dryRun":true,)";
    BOOST_TEST(patch_in(ask(body)) != "");
}

BOOST_AUTO_TEST_CASE(before_the_cluster_is_synced_accounts_stay_unchanged)
{
    catalog.put(sample("a"));
    is_synced = false;
    BOOST_TEST(patch_of(plain_account) == "");
}

BOOST_AUTO_TEST_CASE(other_operations_are_allowed_as_they_are)
{
    catalog.put(sample("a"));
    auto body = new_account("team-a", plain_account);
    body.operation = "UPDATE";
    BOOST_TEST(patch_in(ask(body)) == "");
}

BOOST_AUTO_TEST_CASE(a_review_of_another_resource_is_refused)
{
    BOOST_TEST(ask(create(cr_text("registry.example.com"))).status == 400u);
    BOOST_TEST(webhook.in_flight() == 0u);
}

BOOST_AUTO_TEST_CASE(a_label_selector_waits_for_the_namespace)
{
    auto cr = sample("a");
    cr.spec.namespace_selector.requirements.push_back({"team", controller::label_selector::op::in, {"x"}});
    catalog.put(cr);
    auto const request = post(new_account("late", plain_account).text());
    net::server_response response;
    auto answering = [&]() -> task<void>
    {
        auto answer = webhook.answer(request);
        response = co_await std::move(answer);
    };
    auto arriving = [&]() -> task<void>
    {
        BOOST_TEST(webhook.in_flight() == 1u);
        store.put_namespace("late", "team=x\n", false);
        co_return;
    };
    auto both = [&]() -> task<void>
    {
        task_group parts(co_await asio::this_coro::executor);
        parts.spawn(answering());
        parts.spawn(arriving());
        co_await parts.join();
    };
    run_coroutine(both);
    BOOST_TEST(patch_in(response) != "");
    BOOST_TEST(webhook.in_flight() == 0u);
}

BOOST_AUTO_TEST_CASE(the_wait_for_the_namespace_is_limited)
{
    auto cr = sample("a");
    cr.spec.namespace_selector.requirements.push_back({"team", controller::label_selector::op::in, {"x"}});
    catalog.put(cr);
    BOOST_TEST(patch_of(plain_account) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace service_account_webhook_test
