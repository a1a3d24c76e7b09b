// SPDX-License-Identifier: Apache-2.0
#include "cloud_answer.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cloud_answer_test
{

using namespace tcr::registry;
using namespace std::chrono_literals;
using std::chrono::system_clock;
using tcr::net::web_response;

/// The time 2026-11-26T12:00:00Z.
constexpr std::chrono::sys_seconds noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + 12h;

web_response answer(unsigned status, std::string body)
{
    web_response made;
    made.status = status;
    made.body = std::move(body);
    return made;
}

cloud_answer read(web_response const& from, std::vector<std::string> const& secrets = {})
{
    return read_cloud_answer("CreateInstanceToken", from, secrets, noon);
}

/// The body of an answer that refuses a call with this code and message.
std::string refused(std::string_view code, std::string_view message = "Because.")
{
    return R"({"Response": {"Error": {"Code": ")" + std::string(code) + R"(", "Message": ")" +
           std::string(message) + R"("}, "RequestId": "req-1"}})";
}

BOOST_AUTO_TEST_SUITE(cloud_answers)

BOOST_AUTO_TEST_CASE(the_content_of_an_answer_is_returned)
{
    auto const made = read(answer(200, R"({"Response": {"Token": "t", "RequestId": "r"}})"));
    BOOST_TEST(!made.refusal.has_value());
    BOOST_TEST(made.response.at("Token").as_string() == "t");
    BOOST_TEST(!read(answer(200, R"({"Response": {"Error": null}})")).refusal.has_value());
}

BOOST_AUTO_TEST_CASE(codes_are_classified_by_their_first_word)
{
    std::pair<std::string_view, errc> const cases[] = {
        {"AuthFailure.SecretIdNotFound", errc::bad_identity},
        {"AuthFailure.SignatureFailure", errc::bad_identity},
        {"AuthFailure.TokenFailure", errc::bad_identity},
        {"AuthFailure", errc::bad_identity},
        {"AuthFailure.SignatureExpire", errc::clock_skew},
        {"AuthFailure.UnauthorizedOperation", errc::forbidden},
        {"UnauthorizedOperation", errc::forbidden},
        {"UnauthorizedOperation.CamNoAuth", errc::forbidden},
        {"ResourceNotFound.TcrResourceNotFound", errc::not_found},
        {"ResourceNotFound", errc::not_found},
        {"RequestLimitExceeded", errc::limited},
        {"RequestLimitExceeded.UinLimitExceeded", errc::limited},
        {"InternalError", errc::unavailable},
        {"InternalError.DbError", errc::unavailable},
        {"ResourceUnavailable", errc::unavailable},
        {"ResourceInsufficient.ErrorInstanceNotRunning", errc::unavailable},
        {"FailedOperation", errc::unavailable},
        {"ResourceInsufficient", errc::rejected},
        {"InvalidParameter", errc::rejected},
        {"InvalidParameterValue.X", errc::rejected},
        {"UnsupportedOperation", errc::rejected},
        {"MissingParameter", errc::rejected},
        {"SomethingNew", errc::rejected},
    };
    for (auto const& [code, kind] : cases)
        BOOST_TEST_CONTEXT(code)
        {
            BOOST_TEST((errc_of(code) == kind));
            auto const made = read(answer(200, refused(code)));
            BOOST_TEST_REQUIRE(made.refusal.has_value());
            BOOST_TEST((made.refusal->code == kind));
            BOOST_TEST(made.is_session_over == (code == "AuthFailure.TokenFailure"));
        }
}

BOOST_AUTO_TEST_CASE(a_refusal_names_action_code_message_and_request)
{
    auto const made = read(answer(200, refused("InvalidParameter", "no\\nsuch thing")));
    BOOST_TEST(
        made.refusal.value().message() ==
        "CreateInstanceToken: InvalidParameter: no such thing (request req-1)"
    );
}

BOOST_AUTO_TEST_CASE(secrets_are_removed_from_a_refusal)
{
    auto const made = read(
        answer(200, refused("InvalidParameter", "key hunter2 of hunter2, token t0k")), {"hunter2", "", "t0k"}
    );
    auto const text = made.refusal.value().message();
    BOOST_TEST(text.find("hunter2") == std::string::npos);
    BOOST_TEST(text.find("t0k") == std::string::npos);
    // If a long message is shortened, no part of the secret remains at the cut.
    auto const cut =
        read(answer(200, refused("InvalidParameter", std::string(295, 'x') + "hunter2")), {"hunter2"});
    BOOST_TEST(cut.refusal.value().message().find("hunt") == std::string::npos);
    auto const in_request_id = read(
        answer(200, R"({"Response":{"Error":{"Code":"c","Message":"m"},"RequestId":"of hunter2"}})"),
        {"hunter2"}
    );
    BOOST_TEST(in_request_id.refusal.value().message().find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_legacy_form_of_a_refusal_is_parsed)
{
    auto const made =
        read(answer(200, R"({"code": 4100, "message": "Signature.", "codeDesc": "SignatureFailure"})"));
    BOOST_TEST((made.refusal.value().code == errc::bad_identity));
    BOOST_TEST(made.refusal->message() == "CreateInstanceToken: SignatureFailure: Signature.");
    auto const other = read(answer(200, R"({"code": "6000", "message": "m", "codeDesc": "InternalError"})"));
    BOOST_TEST((other.refusal.value().code == errc::unavailable));
    auto const bare = read(answer(200, R"({"code": 4444})"));
    BOOST_TEST(bare.refusal.value().message() == "CreateInstanceToken: 4444");
    BOOST_TEST((read(answer(200, R"({"code": 0})")).refusal.value().code == errc::bad_answer));
}

BOOST_AUTO_TEST_CASE(other_answers_are_classified_by_their_http_status)
{
    std::tuple<unsigned, std::string_view, errc> const cases[] = {
        {200, "", errc::bad_answer},
        {200, "<html>hello</html>", errc::bad_answer},
        {200, "[]", errc::bad_answer},
        {200, "{}", errc::bad_answer},
        {200, R"({"Response": []})", errc::bad_answer},
        {200, R"({"Response": {"Error": "x"}})", errc::bad_answer},
        {200, R"({"Response": {"Error": {"Message": "x"}}})", errc::bad_answer},
        {503, "<html>busy</html>", errc::unavailable},
        {502, R"({"Response": {}})", errc::unavailable},
        {429, "", errc::limited},
        {404, "no such page", errc::rejected},
        {302, "", errc::rejected},
    };
    for (auto const& [status, body, kind] : cases)
        BOOST_TEST_CONTEXT(status << " " << body)
        {
            auto const made = read(answer(status, std::string(body)));
            BOOST_TEST_REQUIRE(made.refusal.has_value());
            BOOST_TEST((made.refusal->code == kind));
        }
    // A known error code has precedence over the HTTP status.
    BOOST_TEST((read(answer(500, refused("AuthFailure"))).refusal.value().code == errc::bad_identity));
    BOOST_TEST((read(answer(500, refused("SomethingNew"))).refusal.value().code == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(a_wrong_clock_is_reported_with_the_difference)
{
    auto from = answer(200, refused("AuthFailure.SignatureExpire"));
    BOOST_TEST(read(from).refusal.value().message().find("our clock") == std::string::npos);
    from.headers = {{"date", "Thu, 26 Nov 2026 11:53:30 GMT"}};
    BOOST_TEST(
        read(from).refusal.value().message() ==
        "CreateInstanceToken: AuthFailure.SignatureExpire: Because.; our clock is 6m30s ahead of the cloud's "
        "(request req-1)"
    );
    from.headers = {{"date", "Thu, 26 Nov 2026 13:00:05 GMT"}};
    BOOST_TEST(
        read(from).refusal.value().message().find("our clock is 1h5s behind the cloud's") != std::string::npos
    );
    from.headers = {{"date", "soon"}};
    BOOST_TEST(read(from).refusal.value().message().find("our clock") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(retry_after_is_returned)
{
    auto from = answer(429, "");
    from.headers = {{"retry-after", "7"}};
    BOOST_TEST((read(from).refusal.value().retry_after == 7s));
    from.headers = {{"retry-after", "for ever"}};
    BOOST_TEST((read(from).refusal.value().retry_after == 0s));
}

BOOST_AUTO_TEST_CASE(http_dates_are_parsed)
{
    BOOST_TEST((parse_http_date("Thu, 26 Nov 2026 12:00:00 GMT").value() == noon));
    constexpr std::chrono::sys_days leap_day = std::chrono::year(2028) / 2 / 29;
    BOOST_TEST((parse_http_date("Tue, 29 Feb 2028 23:59:59 GMT").value() == leap_day + 86'399s));
    for (std::string_view text :
         {"",
          "now",
          "Thu, 26 Nov 2026 12:00:00",
          "Thu, 26 Xyz 2026 12:00:00 GMT",
          "Thu, 99 Nov 2026 12:00:00 GMT",
          "Tue, 31 Feb 2026 12:00:00 GMT",
          "Sun, 29 Feb 2026 12:00:00 GMT",
          "Thu, 00 Nov 2026 12:00:00 GMT",
          "Thu, 26 Nov 2026 12:00 GMT",
          "Thursday, 26-Nov-26 12:00:00 GMT",
          "Thu, 26 Nov 2026 12:00:00 CET"})
        BOOST_TEST(!parse_http_date(text).has_value());
}

BOOST_AUTO_TEST_CASE(a_request_has_signature_region_and_token)
{
    cloud_action what;
    what.service = "tcr";
    what.version = "2019-09-24";
    what.action = "CreateInstanceToken";
    what.region = "ap-guangzhou";
    what.body = R"({"RegistryId":"tcr-dg284imq","TokenType":"temp"})";
    cloud_keys keys;
    keys.secret_id = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE";
    keys.secret_key = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE";
    auto const to = tcr::net::parse_web_address("https://tcr.tencentcloudapi.com/").value();
    std::chrono::sys_seconds const when{std::chrono::seconds(1735877397)};
    auto request = make_cloud_request(to, what, &keys, when);
    auto const header = [&](std::string_view name)
    {
        std::string found = "none";
        for (auto const& [key, value] : request.headers)
            if (key == name)
                found = value;
        return found;
    };
    BOOST_TEST(request.method == "POST");
    BOOST_TEST(request.body == what.body);
    // tc3_signature.cpp tests the same request, and expects the same signature.
    BOOST_TEST(
        header("Authorization").ends_with("=690398826baf5bb33df947fe96c5d4b6422e291d09242eb9eda2b6166a62ceee")
    );
    BOOST_TEST(header("Content-Type") == "application/json");
    BOOST_TEST(header("X-TC-Action") == "CreateInstanceToken");
    BOOST_TEST(header("X-TC-Version") == "2019-09-24");
    BOOST_TEST(header("X-TC-Timestamp") == "1735877397");
    BOOST_TEST(header("X-TC-Region") == "ap-guangzhou");
    BOOST_TEST(header("X-TC-Language") == "en-US");
    BOOST_TEST(header("X-TC-RequestClient").starts_with("tcr-assistant-"));
    BOOST_TEST(header("X-TC-Token") == "none");

    keys.token = "session";
    request = make_cloud_request(to, what, &keys, when);
    BOOST_TEST(header("X-TC-Token") == "session");
    request = make_cloud_request(to, what, nullptr, when);
    BOOST_TEST(header("Authorization") == "SKIP");
    BOOST_TEST(header("X-TC-Token") == "none");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace cloud_answer_test
