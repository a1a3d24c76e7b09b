// SPDX-License-Identifier: Apache-2.0
#include "webhook_fixture.hpp"
#include <tcr/admission/image_pull_secret_webhook.hpp>

namespace image_pull_secret_webhook_test
{

using namespace tcr;
using namespace tcr::test;

struct validating : cluster
{
    image_pull_secret_webhook webhook{catalog, store, [this] { return is_synced; }};

    net::server_response ask(review_body const& body) { return webhook.answer(post(body.text())); }
};

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

/// Any client that can connect to the port can send such a list. Each entry has 3 bytes in the request and
/// would need 300 bytes of memory.
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
    // An overlong list in the status is ignored: the webhook does not read the status.
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

}  // namespace image_pull_secret_webhook_test
