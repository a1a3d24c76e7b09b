#include "../run_coroutine.hpp"
#include "review_text.hpp"
#include <tcr/admission/image_pull_secret_webhook.hpp>
#include <tcr/admission/service_account_webhook.hpp>
#include <tcr/util/strings.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace
{

namespace json = boost::json;
using namespace tcr;
using namespace tcr::admission;
using tcr::test::review_body;
using tcr::test::run_coroutine;

controller::image_pull_secret sample(
    std::string name, std::string namespaces = "*", std::string accounts = "*"
)
{
    controller::image_pull_secret cr;
    cr.name = std::move(name);
    cr.uid = "uid";
    cr.spec.namespaces = std::move(namespaces);
    cr.spec.service_accounts = std::move(accounts);
    cr.spec.server = "registry.example.com";
    cr.spec.username = "user";
    cr.spec.password = "password";
    return cr;
}

std::string cr_text(std::string const& server, std::string const& metadata = R"("name":"x")")
{
    return R"({"apiVersion":"tcr.tencentcloudcr.com/v1","kind":"ImagePullSecret","metadata":{)" + metadata +
           R"(},"spec":{"namespaces":"*","docker":{"server":")" + server +
           R"(","username":"user","password":"very.secret"}}})";
}

net::server_request post(std::string body, std::string type = "application/json")
{
    net::server_request request;
    request.method = "POST";
    request.content_type = std::move(type);
    request.body = std::move(body);
    request.started_at = std::chrono::steady_clock::now();
    return request;
}

json::value response_in(net::server_response const& response)
{
    BOOST_TEST_REQUIRE(response.status == 200u);
    BOOST_TEST(response.content_type == "application/json");
    return json::parse(response.body).at("response");
}

bool is_allowed(net::server_response const& response)
{
    return response_in(response).at("allowed").as_bool();
}

/// The warnings except that about a password, which all samples contain.
std::vector<std::string> overlaps_in(boost::json::value const& response)
{
    std::vector<std::string> found;
    if (auto const* warnings = response.as_object().if_contains("warnings"))
        for (auto const& each : warnings->as_array())
            if (!each.as_string().starts_with("spec.docker.password: "))
                found.emplace_back(each.as_string());
    return found;
}

struct cluster
{
    controller::catalog catalog;
    runtime::cluster_store store;
    bool is_synced = true;
};

struct validating : cluster
{
    image_pull_secret_webhook webhook{catalog, store, [this] { return is_synced; }};

    net::server_response ask(review_body const& body) { return webhook.answer(post(body.text())); }
};

review_body create(std::string object)
{
    review_body body;
    body.object = std::move(object);
    return body;
}

review_body update(std::string object, std::string old_object)
{
    auto body = create(std::move(object));
    body.operation = "UPDATE";
    body.old_object = std::move(old_object);
    return body;
}

review_body new_account(std::string ns, std::string object)
{
    auto body = create(std::move(object));
    body.group = "";
    body.resource = "serviceaccounts";
    body.ns = std::move(ns);
    return body;
}

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

    /// The patch that a new account in team-a gets; empty where there is none.
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

std::string const plain_account = R"({"metadata":{"name":"default"}})";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(image_pull_secrets, validating)

BOOST_AUTO_TEST_CASE(a_valid_object_is_allowed)
{
    auto const response = response_in(ask(create(cr_text("registry.example.com"))));
    BOOST_TEST(response.at("allowed").as_bool());
    BOOST_TEST(overlaps_in(response).empty());
    BOOST_TEST(response.at("uid").as_string() == "705ab4f5-6393-11e8-b7cc-42010a800002");
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_field_and_hides_the_password)
{
    auto const answer = ask(create(cr_text("https://registry.example.com/")));
    auto const response = response_in(answer);
    BOOST_TEST(!response.at("allowed").as_bool());
    auto const& cause = response.at("status").at("details").at("causes").at(0);
    BOOST_TEST(cause.at("field").as_string() == "spec.docker.server");
    BOOST_TEST(answer.body.find("very.secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_update_is_not_refused_for_a_problem_of_the_old_object)
{
    auto const labelled = cr_text("Bad/1", R"("name":"x","labels":{"a":"b"})");
    BOOST_TEST(is_allowed(ask(update(labelled, cr_text("Bad/1")))));
    BOOST_TEST(!is_allowed(ask(update(cr_text("Bad/2"), cr_text("good.example.com")))));
    BOOST_TEST(is_allowed(ask(update(cr_text("good.example.com"), cr_text("Bad/1")))));
}

BOOST_AUTO_TEST_CASE(an_object_being_deleted_is_not_validated)
{
    auto const going = cr_text("Bad/1", R"("name":"x","deletionTimestamp":"2021-12-01T06:47:36Z")");
    BOOST_TEST(is_allowed(ask(update(going, cr_text("good.example.com")))));
}

BOOST_AUTO_TEST_CASE(operations_other_than_create_and_update_are_allowed)
{
    auto body = create(cr_text("Bad/1"));
    body.operation = "DELETE";
    BOOST_TEST(is_allowed(ask(body)));
    BOOST_TEST(is_allowed(ask(create("null"))));
}

BOOST_AUTO_TEST_CASE(overlap_warnings_need_a_synced_cluster)
{
    catalog.put(sample("other"));
    is_synced = false;
    auto const asked = create(cr_text("registry.example.com"));
    BOOST_TEST(overlaps_in(response_in(ask(asked))).empty());
    is_synced = true;
    auto const warned = response_in(ask(asked));
    BOOST_TEST(warned.at("allowed").as_bool());
    BOOST_TEST_REQUIRE(overlaps_in(warned).size() == 1u);
    auto const text = overlaps_in(warned)[0];
    BOOST_TEST(text.find("\"other\"") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(an_object_does_not_overlap_its_stored_version)
{
    catalog.put(sample("x"));
    auto const asked = create(cr_text("registry.example.com"));
    BOOST_TEST(overlaps_in(response_in(ask(asked))).empty());
}

BOOST_AUTO_TEST_CASE(a_request_that_is_no_review_gets_a_status_and_a_reason)
{
    BOOST_TEST(webhook.answer(post(create("null").text(), "text/plain")).status == 415u);
    BOOST_TEST(webhook.answer(post(create("null").text(), "")).status == 415u);
    BOOST_TEST(webhook.answer(post("{")).status == 400u);
    auto const refused = ask(new_account("team-a", plain_account));
    BOOST_TEST(refused.status == 400u);
    BOOST_TEST(refused.body.find("imagepullsecrets") != std::string::npos);
    auto status = create(cr_text("Bad/1"));
    status.more = R"("subResource":"status",)";
    BOOST_TEST(ask(status).status == 400u);
}

/// Any client that reaches the port can send this: 3 bytes an entry, of which the reader would keep 300.
BOOST_AUTO_TEST_CASE(overlong_lists_are_not_kept)
{
    std::string many = "{}";
    for (int i = 0; i < 20'000; ++i)
        many += ",{}";
    auto const in_spec =
        R"({"metadata":{"name":"x"},"spec":{"namespaceSelector":{"matchExpressions":[)" + many + "]}}}";
    auto const refused = response_in(ask(create(in_spec)));
    BOOST_TEST(!refused.at("allowed").as_bool());
    BOOST_TEST(refused.at("status").at("details").at("causes").at(0).at("field").as_string() == "spec");
    BOOST_TEST(!is_allowed(ask(update(cr_text("registry.example.com"), in_spec))));
    // The status is ignored.
    auto object = cr_text("registry.example.com");
    object.insert(object.size() - 1, R"(,"status":{"conditions":[)" + many + "]}");
    BOOST_TEST(is_allowed(ask(create(object))));
}

BOOST_AUTO_TEST_CASE(responses_and_latency_are_counted)
{
    ask(create(cr_text("registry.example.com")));
    webhook.answer(post("{"));
    BOOST_TEST(webhook.responses().at(200) == 1u);
    BOOST_TEST(webhook.responses().at(400) == 1u);
    BOOST_TEST(webhook.latency().count() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(service_accounts, mutating)

BOOST_AUTO_TEST_CASE(an_account_without_a_list_gets_one)
{
    catalog.put(sample("a"));
    catalog.put(sample("b"));
    BOOST_TEST(
        patch_of(plain_account) ==
        R"([{"op":"add","path":"/imagePullSecrets","value":[{"name":"tcr.ipsa"},{"name":"tcr.ipsb"}]}])"
    );
    BOOST_TEST(webhook.served() == 1u);
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
    BOOST_TEST(webhook.served() == 0u);
}

BOOST_AUTO_TEST_CASE(a_dry_run_is_answered_and_not_counted)
{
    catalog.put(sample("a"));
    auto body = new_account("team-a", plain_account);
    body.more = R"("dryRun":true,)";
    BOOST_TEST(patch_in(ask(body)) != "");
    BOOST_TEST(webhook.served() == 0u);
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
