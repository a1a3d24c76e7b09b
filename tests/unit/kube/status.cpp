// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/status.hpp>

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace tcr::kube
{

inline std::ostream& boost_test_print_type(std::ostream& out, errc code)
{
    return out << make_error_code(code);
}

}  // namespace tcr::kube

namespace
{

using namespace tcr;
using kube::errc;

net::http_response answer(unsigned status, std::string body)
{
    net::http_response response;
    response.status = status;
    response.error_body = std::move(body);
    return response;
}

std::string status_json(
    unsigned code, std::string const& reason, std::string const& message, std::string const& details = "{}"
)
{
    return R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":")" + message +
           R"(","reason":")" + reason + R"(","details":)" + details + R"(,"code":)" + std::to_string(code) +
           "}\n";
}

struct row
{
    char const* what;
    unsigned status;
    std::string body;
    errc code;
};

// Error answers of kube-apiserver 1.36 and of proxies.
row const answers[] = {
    {"exists",
     409,
     status_json(
         409,
         "AlreadyExists",
         R"(secrets \"tcr.ipsx\" already exists)",
         R"({"name":"tcr.ipsx","kind":"secrets"})"
     ),
     errc::already_exists},
    {"stale version",
     409,
     status_json(
         409,
         "Conflict",
         R"(Operation cannot be fulfilled on serviceaccounts \"default\": the object has been modified)",
         R"({"name":"default","kind":"serviceaccounts"})"
     ),
     errc::conflict},
    {"namespace terminating",
     403,
     status_json(
         403,
         "Forbidden",
         R"(secrets \"tcr.ipsx\" is forbidden: unable to create new content in namespace n because it is )"
         R"(being terminated)",
         R"({"name":"tcr.ipsx","kind":"secrets","causes":[{"reason":"NamespaceTerminating","message":"m",)"
         R"("field":"metadata.namespace"}]})"
     ),
     errc::namespace_terminating},
    {"quota",
     403,
     status_json(
         403,
         "Forbidden",
         R"(secrets \"tcr.ipsx\" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=3, )"
         R"(limited: secrets=3)",
         R"({"name":"tcr.ipsx","kind":"secrets"})"
     ),
     errc::quota_exceeded},
    {"quota that is not counted yet",
     403,
     status_json(
         403,
         "Forbidden",
         R"(secrets \"tcr.ipsx\" is forbidden: status unknown for quota: q, resources: secrets)",
         R"({"name":"tcr.ipsx","kind":"secrets"})"
     ),
     errc::internal_error},
    {"RBAC",
     403,
     status_json(
         403,
         "Forbidden",
         R"(secrets is forbidden: User \"u\" cannot create resource \"secrets\" in API group \"\" in the )"
         R"(namespace \"n\")",
         R"({"kind":"secrets"})"
     ),
     errc::forbidden},
    {"no such object",
     404,
     status_json(404, "NotFound", R"(secrets \"x\" not found)", R"({"name":"x","kind":"secrets"})"),
     errc::not_found},
    {"no such namespace",
     404,
     status_json(404, "NotFound", R"(namespaces \"n\" not found)", R"({"name":"n","kind":"namespaces"})"),
     errc::not_found},
    {"CRD gone", 404, "404 page not found\n", errc::unknown_resource},
    {"empty 404", 404, "", errc::unknown_resource},
    {"CRD starting",
     429,
     status_json(429, "TooManyRequests", "storage is (re)initializing", R"({"retryAfterSeconds":1})"),
     errc::too_many_requests},
    {"max in flight", 429, "Too many requests, please try again later.\n", errc::too_many_requests},
    {"expired token",
     410,
     status_json(410, "Expired", "The provided continue parameter is too old"),
     errc::gone},
    {"bad data",
     422,
     status_json(422, "Invalid", R"(Secret \"x\" is invalid: data[.dockerconfigjson])"),
     errc::invalid},
    {"bad request",
     400,
     status_json(400, "BadRequest", "the object provided is unrecognized"),
     errc::invalid},
    {"not logged in", 401, status_json(401, "Unauthorized", "Unauthorized"), errc::unauthorized},
    {"webhook down",
     500,
     status_json(500, "InternalError", R"(Internal error occurred: failed calling webhook \"v\")"),
     errc::internal_error},
    {"future version",
     504,
     status_json(
         504,
         "Timeout",
         "Too large resource version: 99999, current: 100",
         R"({"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],)"
         R"("retryAfterSeconds":1})"
     ),
     errc::unavailable},
    {"shutting down", 503, "apiserver is shutting down\n", errc::unavailable},
    {"a proxy", 502, "<html>Bad Gateway</html>", errc::unavailable},
    {"teapot", 418, "", errc::unexpected_status},
    {"wrong method", 405, status_json(405, "MethodNotAllowed", "m"), errc::unexpected_status},
    {"redirect", 301, "", errc::unexpected_status},
};

BOOST_AUTO_TEST_SUITE(status)

BOOST_AUTO_TEST_CASE(answers_of_the_server_are_classified)
{
    for (auto const& row : answers)
    {
        auto const failure = kube::to_error(answer(row.status, row.body), "cannot act");
        BOOST_TEST(failure.code == row.code, row.what << ": " << failure.code.message());
        BOOST_TEST(failure.detail.starts_with("cannot act: "), row.what);
    }
}

BOOST_AUTO_TEST_CASE(the_error_has_the_reason_and_the_servers_message)
{
    BOOST_TEST(
        kube::to_error(
            answer(404, status_json(404, "NotFound", R"(secrets \"x\" not found)")), "cannot get x"
        )
            .detail == R"(cannot get x: NotFound: secrets "x" not found)"
    );
    BOOST_TEST(
        kube::to_error(answer(404, "404 page not found\n"), "cannot list").detail ==
        "cannot list: HTTP 404: 404 page not found"
    );
    BOOST_TEST(kube::to_error(answer(418, ""), "cannot list").detail == "cannot list: HTTP 418");
}

BOOST_AUTO_TEST_CASE(a_status_is_read_field_by_field)
{
    auto const read = kube::parse_status(status_json(
        403,
        "Forbidden",
        "m",
        R"({"retryAfterSeconds":9,"causes":[{"message":"no reason"},{"reason":"First"},{"reason":"Second"}]})"
    ));
    BOOST_TEST(read.code == 403);
    BOOST_TEST(read.reason == "Forbidden");
    BOOST_TEST(read.message == "m");
    BOOST_TEST(read.cause == "First");
    BOOST_TEST(read.retry_after.count() == 9);
}

BOOST_AUTO_TEST_CASE(other_texts_parse_as_an_empty_status)
{
    for (std::string text :
         {"",
          "404 page not found",
          "[]",
          "null",
          "{",
          R"({"code":"410","reason":7,"message":null,"details":[]})",
          R"({"details":{"causes":{},"retryAfterSeconds":"1"}})",
          R"({"details":{"causes":[null,1,{"reason":2}]}})"})
    {
        auto const read = kube::parse_status(text);
        BOOST_TEST(read.code == 0, text);
        BOOST_TEST(read.reason.empty(), text);
        BOOST_TEST(read.message.empty(), text);
        BOOST_TEST(read.cause.empty(), text);
        BOOST_TEST(read.retry_after.count() == 0, text);
    }
}

BOOST_AUTO_TEST_CASE(the_retry_delay_of_the_header_precedes_that_of_the_status)
{
    using std::chrono::milliseconds;
    auto const text = status_json(429, "TooManyRequests", "m", R"({"retryAfterSeconds":3})");
    BOOST_TEST((kube::to_error(answer(429, text), "x").retry_after == milliseconds(3000)));
    for (auto const* number : {"-3", "-9223372036854775808"})
    {
        auto const past =
            status_json(429, "TooManyRequests", "m", R"({"retryAfterSeconds":)" + std::string(number) + "}");
        BOOST_TEST((kube::to_error(answer(429, past), "x").retry_after == milliseconds(0)));
    }
    auto with_header = answer(429, text);
    with_header.retry_after = std::chrono::seconds(5);
    BOOST_TEST((kube::to_error(with_header, "x").retry_after == milliseconds(5000)));
    auto plain = answer(503, "wait");
    plain.retry_after = std::chrono::seconds(2);
    BOOST_TEST((kube::to_error(plain, "x").retry_after == milliseconds(2000)));
    BOOST_TEST((kube::to_error(answer(429, ""), "x").retry_after == milliseconds(0)));
}

BOOST_AUTO_TEST_CASE(the_http_status_precedes_the_code_in_the_text)
{
    BOOST_TEST(
        kube::to_error(answer(500, status_json(404, "NotFound", "m")), "x").code == errc::internal_error
    );
}

BOOST_AUTO_TEST_CASE(a_status_of_a_watch_is_classified_in_the_same_way)
{
    kube::api_status status;
    status.code = 410;
    status.reason = "Expired";
    status.message = "too old resource version: 5 (900)";
    status.retry_after = std::chrono::seconds(1);
    auto const failure = kube::to_error(status, "watch of secrets ended");
    BOOST_TEST(failure.code == errc::gone);
    BOOST_TEST(failure.detail == "watch of secrets ended: Expired: too old resource version: 5 (900)");
    BOOST_TEST((failure.retry_after == std::chrono::milliseconds(1000)));
    BOOST_TEST(kube::classify(kube::api_status{}) == errc::unexpected_status);
}

BOOST_AUTO_TEST_CASE(only_a_forbidden_status_is_about_quota_or_termination)
{
    kube::api_status status;
    status.code = 409;
    status.reason = "Conflict";
    status.message = "exceeded quota";
    status.cause = "NamespaceTerminating";
    BOOST_TEST(kube::classify(status) == errc::conflict);
}

BOOST_AUTO_TEST_CASE(texts_of_the_server_are_shortened_to_one_line)
{
    std::string const doing = "cannot act";
    auto const longest = kube::to_error(
        answer(403, status_json(403, std::string(10'000, 'R'), std::string(50'000, 'm'))), doing
    );
    BOOST_TEST(longest.code == errc::forbidden);
    BOOST_TEST(longest.detail.size() < 400u);
    BOOST_TEST(longest.detail.find(std::string(60, 'R')) != std::string::npos);
    BOOST_TEST(longest.detail.find(std::string(61, 'R')) == std::string::npos);
    BOOST_TEST(longest.detail.find(std::string(300, 'm')) != std::string::npos);
    BOOST_TEST(longest.detail.find(std::string(301, 'm')) == std::string::npos);

    auto const plain = kube::to_error(answer(502, "<html>\r\n" + std::string(10'000, 'x')), doing);
    BOOST_TEST(plain.detail.size() < 160u);
    BOOST_TEST(plain.detail.find_first_of("\r\n") == std::string::npos);
    auto const lines = kube::to_error(answer(422, status_json(422, "Invalid", R"(a\nb\u001b[31m)")), doing);
    BOOST_TEST(lines.detail == "cannot act: Invalid: a b [31m");
}

BOOST_AUTO_TEST_CASE(every_code_has_its_own_text)
{
    std::string all;
    for (int code = 1; code <= static_cast<int>(errc::no_credential); ++code)
    {
        auto const words = kube::category().message(code);
        BOOST_TEST(words != "unknown");
        BOOST_TEST(all.find("|" + words + "|") == std::string::npos, words);
        all += "|" + words + "|";
    }
    BOOST_TEST(kube::category().message(999) == "unknown");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
