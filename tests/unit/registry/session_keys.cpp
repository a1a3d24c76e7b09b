// SPDX-License-Identifier: Apache-2.0
#include "session_keys.hpp"

#include <tcr/registry/errc.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace session_keys_test
{

using namespace tcr::registry;
using namespace std::chrono_literals;
using std::chrono::system_clock;

BOOST_AUTO_TEST_SUITE(session_keys)

BOOST_AUTO_TEST_CASE(the_sts_request_contains_the_token_of_the_pod)
{
    pod_identity pod;
    pod.provider = "cls-1";
    pod.role = "qcs::cam::uin/1:roleName/x";
    pod.token = "e.y.\"J";
    auto const body = boost::json::parse(assume_role_body(pod)).as_object();
    BOOST_TEST(body.at("ProviderId").as_string() == "cls-1");
    BOOST_TEST(body.at("RoleArn").as_string() == "qcs::cam::uin/1:roleName/x");
    BOOST_TEST(body.at("WebIdentityToken").as_string() == "e.y.\"J");
    BOOST_TEST(body.at("RoleSessionName").as_string() == "tcr-assistant");
    BOOST_TEST(body.at("DurationSeconds").as_int64() == 7200);
}

BOOST_AUTO_TEST_CASE(keys_of_sts_are_parsed)
{
    auto const keys = parse_assumed_role(
        boost::json::parse(
            R"({"Credentials": {"TmpSecretId": "i", "TmpSecretKey": "k", "Token": "t"}, "ExpiredTime": )"
            R"(1735880997})"
        )
            .as_object()
    );
    BOOST_TEST_REQUIRE(keys.has_value());
    BOOST_TEST(keys->secret_id == "i");
    BOOST_TEST(keys->secret_key == "k");
    BOOST_TEST(keys->token == "t");
    BOOST_TEST((keys->expires_at.value() == system_clock::time_point(1735880997s)));
}

BOOST_AUTO_TEST_CASE(a_missing_field_of_sts_is_named)
{
    std::pair<std::string_view, std::string_view> const cases[] = {
        {R"({})", "Credentials"},
        {R"({"Credentials": null})", "Credentials"},
        {R"({"Credentials": {"TmpSecretKey": "hunter2", "Token": "hunter2"}, "ExpiredTime": 1})",
         "TmpSecretId"},
        {R"({"Credentials": {"TmpSecretId": "i", "Token": "hunter2"}, "ExpiredTime": 1})", "TmpSecretKey"},
        {R"({"Credentials": {"TmpSecretId": "i", "TmpSecretKey": "hunter2"}, "ExpiredTime": 1})", "Token"},
        {R"({"Credentials": {"TmpSecretId": "i", "TmpSecretKey": "hunter2", "Token": "a\r\nb"}})", "Token"},
        {R"({"Credentials": {"TmpSecretId": "i", "TmpSecretKey": "hunter2", "Token": "t"}})", "ExpiredTime"},
    };
    for (auto const& [text, part] : cases)
    {
        auto const keys = parse_assumed_role(boost::json::parse({text.data(), text.size()}).as_object());
        BOOST_TEST_REQUIRE(keys.has_error());
        BOOST_TEST((keys.error().code == errc::bad_answer));
        BOOST_TEST(keys.error().message().find(part) != std::string::npos);
        BOOST_TEST(keys.error().message().find("hunter2") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(the_role_in_the_metadata_is_one_word)
{
    BOOST_TEST(parse_role_name("my-Role_1.x@y\n").value() == "my-Role_1.x@y");
    for (std::string_view text : {"", " \n", "<html>", "a/b", "two\nroles", "a b"})
        BOOST_TEST((parse_role_name(text).error().code == errc::bad_answer));
}

BOOST_AUTO_TEST_CASE(keys_in_the_metadata_are_parsed)
{
    auto const keys = parse_role_keys(
        R"({"TmpSecretId": "i", "TmpSecretKey": "k", "Token": "t", "ExpiredTime": "1735880997", "Code": )"
        R"("Success"})"
    );
    BOOST_TEST_REQUIRE(keys.has_value());
    BOOST_TEST((keys->expires_at.value() == system_clock::time_point(1735880997s)));
    BOOST_TEST((parse_role_keys("<html>").error().code == errc::bad_answer));
    BOOST_TEST((parse_role_keys("[]").error().code == errc::bad_answer));
    auto const failed = parse_role_keys(R"({"Code": "Failed", "TmpSecretKey": "hunter2"})");
    BOOST_TEST((failed.error().code == errc::bad_identity));
    BOOST_TEST(failed.error().message() == "the CVM's metadata service answered with code Failed");
}

BOOST_AUTO_TEST_CASE(keys_are_renewed_before_they_expire)
{
    system_clock::time_point const now(1'000'000s);
    BOOST_TEST((renewal_time(now, now + 2h) == now + 2h - 5min));
    BOOST_TEST((renewal_time(now, now + 10min) == now + 9min));
    BOOST_TEST((renewal_time(now, now - 1s) == now - 1s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace session_keys_test
