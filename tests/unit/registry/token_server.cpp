// SPDX-License-Identifier: Apache-2.0
#include "token_server.hpp"

#include <tcr/registry/errc.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace token_server_test
{

using namespace tcr::registry;

auth_challenge bearer(std::string realm, std::string service = {})
{
    auth_challenge made;
    made.scheme = "bearer";
    made.realm = std::move(realm);
    made.service = std::move(service);
    return made;
}

BOOST_AUTO_TEST_SUITE(token_server)

BOOST_AUTO_TEST_CASE(a_registry_address_is_host_and_port)
{
    BOOST_TEST(registry_address("demo.tencentcloudcr.com").value().target == "/v2/");
    BOOST_TEST(registry_address("demo.tencentcloudcr.com:8443").value().port == "8443");
    BOOST_TEST(registry_address("[::1]:5000").value().host == "::1");
    BOOST_TEST(registry_address("h.example/team/a").value().host == "h.example");
    BOOST_TEST(registry_address("h.example:5000/team").value().port == "5000");
    for (std::string_view server : {"docker.io", "index.docker.io", "docker.io/team"})
        BOOST_TEST(registry_address(server).value().host == "registry-1.docker.io", server);
    BOOST_TEST(
        registry_address("*.example.com/team").error().message() ==
        "*.example.com/team has a wildcard, so there is no host to check the credential at"
    );
    for (std::string_view server :
         {"", "/x", "https://h", "h//x", "h?x", "h#x", "user:hunter2@h", "h h", "h:x", "h\r\n", "*.h"})
    {
        auto const address = registry_address(server);
        BOOST_TEST_CONTEXT(server)
        BOOST_TEST_REQUIRE(address.has_error());
        BOOST_TEST(address.error().message().find("hunter2") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_password_is_sent_to_the_same_domain_only)
{
    BOOST_TEST(is_in_same_domain("demo.tencentcloudcr.com", "demo.tencentcloudcr.com"));
    BOOST_TEST(is_in_same_domain("registry-1.docker.io", "auth.docker.io"));
    BOOST_TEST(is_in_same_domain("registry.example.com", "example.com"));
    BOOST_TEST(is_in_same_domain("example.com", "auth.example.com"));
    BOOST_TEST(is_in_same_domain("localhost", "localhost"));
    BOOST_TEST(is_in_same_domain("10.0.0.1", "10.0.0.1"));
    BOOST_TEST(!is_in_same_domain("demo.tencentcloudcr.com", "evil.com"));
    BOOST_TEST(!is_in_same_domain("demo.tencentcloudcr.com", "eviltencentcloudcr.com"));
    BOOST_TEST(!is_in_same_domain("example.com", "other.com"));
    BOOST_TEST(!is_in_same_domain("10.0.0.1", "11.0.0.1"));
    BOOST_TEST(!is_in_same_domain("localhost", "x.localhost"));
    BOOST_TEST(!is_in_same_domain("demo.example.com", "10.0.0.1"));
}

BOOST_AUTO_TEST_CASE(the_url_of_a_token_server_has_the_service)
{
    auto const registry = registry_address("demo.tencentcloudcr.com").value();
    auto const plain =
        token_server_of(bearer("https://demo.tencentcloudcr.com/service/token", "har bor"), registry);
    BOOST_TEST_REQUIRE(plain.has_value());
    BOOST_TEST(plain->target == "/service/token?service=har%20bor");
    BOOST_TEST(
        token_server_of(bearer("https://auth.tencentcloudcr.com/t?a=b", "s"), registry).value().target ==
        "/t?a=b&service=s"
    );
    for (char const* realm :
         {"",
          "no url",
          "http://demo.tencentcloudcr.com/t",
          "https://evil.com/t",
          "https://u:p@demo.tencentcloudcr.com/"})
    {
        auto const refused = token_server_of(bearer(realm), registry);
        BOOST_TEST_REQUIRE(refused.has_error());
        BOOST_TEST((refused.error().code == errc::no_registry));
    }
}

BOOST_AUTO_TEST_CASE(a_token_is_found_under_either_name)
{
    BOOST_TEST(token_in(R"({"token": "a"})") == "a");
    BOOST_TEST(token_in(R"({"access_token": "b", "token": ""})") == "b");
    for (std::string_view body : {"", "[]", "{}", R"({"token": 1})", R"({"token": "a\r\nb"})", "<html>"})
        BOOST_TEST(token_in(body).empty());
}

BOOST_AUTO_TEST_CASE(an_http_status_is_classified)
{
    BOOST_TEST((unexpected_status("h", 403).code == errc::forbidden));
    BOOST_TEST((unexpected_status("h", 429).code == errc::limited));
    BOOST_TEST((unexpected_status("h", 502).code == errc::unavailable));
    BOOST_TEST((unexpected_status("h", 404).code == errc::no_registry));
    BOOST_TEST((unexpected_status("h", 301).code == errc::no_registry));
    BOOST_TEST(unexpected_status("h:1", 404).message() == "h:1 answered with HTTP 404");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace token_server_test
