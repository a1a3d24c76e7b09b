// SPDX-License-Identifier: Apache-2.0
#include <tcr/credentials/docker_config.hpp>
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace docker_config_test
{

using namespace tcr;
using namespace tcr::credentials;

/// The logins of a dockerconfigjson as "REGISTRY USERNAME PASSWORD", or why it is refused.
std::vector<std::string> logins_in(std::string_view text)
{
    auto const read = read_docker_config(text);
    if (!read)
        return {read.error().message()};
    std::vector<std::string> all;
    for (auto const& each : read->logins)
        all.push_back(each.registry + " " + each.username + " " + each.password);
    return all;
}

#define CHECK_LOGINS(text, ...) \
    BOOST_TEST(logins_in(text) == (std::vector<std::string> __VA_ARGS__), boost::test_tools::per_element())

/// A dockerconfigjson whose entry of "x.y" has these members.
std::string with_entry(std::string const& members)
{
    return R"({"auths":{"x.y":{)" + members + "}}}";
}

BOOST_AUTO_TEST_SUITE(docker_configs)

BOOST_AUTO_TEST_CASE(a_written_docker_config_equals_kubectls_byte_for_byte)
{
    // Expected texts are the output of kubectl 1.32: kubectl create secret docker-registry x
    // --docker-server=S --docker-username=U --docker-password=P --dry-run=client
    // -o jsonpath={.data.\.dockerconfigjson} | base64 -d
    struct vector
    {
        std::string server, username, password, expected;
    };
    vector const vectors[] = {
        {"S", "U", "P", R"({"auths":{"S":{"username":"U","password":"P","auth":"VTpQ"}}})"},
        {"registry.example.com",
         "100012345678",
         "tcr.jwt.token",
         R"({"auths":{"registry.example.com":{"username":"100012345678","password":"tcr.jwt.token",)"
         R"("auth":"MTAwMDEyMzQ1Njc4OnRjci5qd3QudG9rZW4="}}})"},
        {"registry.example.com:5000",
         R"(a"b\c)",
         "p<q>&r'/+=~",
         R"({"auths":{"registry.example.com:5000":{"username":"a\"b\\c",)"
         R"("password":"p\u003cq\u003e\u0026r'/+=~",)"
         R"("auth":"YSJiXGM6cDxxPiZyJy8rPX4="}}})"},
        {"fanjiankong-bj.tencentcloudcr.com",
         "用户",
         "密码😀é",
         R"({"auths":{"fanjiankong-bj.tencentcloudcr.com":{"username":"用户","password":"密码😀é",)"
         R"("auth":"55So5oi3OuWvhueggfCfmIDDqQ=="}}})"},
        {"r.example.com",
         "u",
         "tab\tnl\ncr\rbs\bff\fesc\x1b"
         "del\x7fz",
         R"({"auths":{"r.example.com":{"username":"u","password":"tab\tnl\ncr\rbs\bff\fesc\u001bdel)"
         "\x7f"
         R"(z","auth":"dTp0YWIJbmwKY3INYnMIZmYMZXNjG2RlbH96"}}})"},
        {"r.example.com",
         "u",
         "ls\u2028ps\u2029z\u0085\u00a0",
         R"({"auths":{"r.example.com":{"username":"u","password":"ls\u2028ps\u2029z)"
         "\u0085\u00a0"
         R"(","auth":"dTpsc+KAqHBz4oCpesKFwqA="}}})"},
        {"r.example.com",
         "u",
         "p:q:r%20 ",
         R"({"auths":{"r.example.com":{"username":"u","password":"p:q:r%20 ","auth":"dTpwOnE6ciUyMCA="}}})"},
    };
    for (auto const& each : vectors)
        BOOST_TEST(docker_config_json(each.server, each.username, each.password) == each.expected);
}

BOOST_AUTO_TEST_CASE(a_written_docker_config_is_read_back)
{
    auto const made = credential_of({"x.y:5000", "a\"b", "p<:>&\u2028密码"});
    auto const read = read_docker_config(made.docker_config);
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST((read->logins == made.logins));
    BOOST_TEST(!made.expires_at.has_value());
}

BOOST_AUTO_TEST_CASE(the_auths_are_kept_as_they_are_and_nothing_else)
{
    auto const read = read_docker_config(
        R"({"credHelpers":{"x":"ecr-login"}, "auths": { "b.example.com/team" : {"auth":"dTpw"},)"
        R"( "a.example.com": {"username":"u","password":"p","email":"e@x","more":[1,{"x":null}]},)"
        R"( "c.azurecr.io": {"auth":"dTo=","identitytoken":"idt"}, "d.io": {"registrytoken":"rt"} },)"
        R"( "HttpHeaders":{"User-Agent":"x"}, "credsStore":"desktop"})"
    );
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(
        read->docker_config ==
        R"({"auths":{"b.example.com/team":{"auth":"dTpw"},)"
        R"("a.example.com":{"username":"u","password":"p","email":"e@x","more":[1,{"x":null}]},)"
        R"("c.azurecr.io":{"auth":"dTo=","identitytoken":"idt"},"d.io":{"registrytoken":"rt"}}})"
    );
    std::vector<login> const expected{
        {"b.example.com/team", "u", "p"},
        {"a.example.com", "u", "p"},
        {"c.azurecr.io", "u", ""},
        {"d.io", "", ""}};
    BOOST_TEST((read->logins == expected));
}

BOOST_AUTO_TEST_CASE(a_login_is_read_as_kubelet_reads_it)
{
    // `auth` takes precedence.
    CHECK_LOGINS(with_entry(R"("username":"a","password":"b","auth":"dTpw")"), {"x.y u p"});
    CHECK_LOGINS(with_entry(R"("username":"a","password":"b","auth":"")"), {"x.y a b"});
    CHECK_LOGINS(with_entry(R"("username":"a","password":"b","auth":null)"), {"x.y a b"});
    // Go ignores the case of names.
    CHECK_LOGINS(with_entry(R"("Auth":"dTpw")"), {"x.y u p"});
    // With and without padding, with line breaks; a password may have colons and bytes that are not UTF-8.
    CHECK_LOGINS(with_entry(R"("auth":"dTpwdw==")"), {"x.y u pw"});
    CHECK_LOGINS(with_entry(R"("auth":"dTpwdw")"), {"x.y u pw"});
    CHECK_LOGINS(with_entry(R"("auth":"dTpw\r\ndw==\n")"), {"x.y u pw"});
    CHECK_LOGINS(with_entry(R"("auth":"dTpwOnE6")"), {"x.y u p:q:"});
    CHECK_LOGINS(with_entry(R"("auth":"dTr/")"), {"x.y u \xff"});
    CHECK_LOGINS(with_entry(R"("username":"only")"), {"x.y only "});
}

BOOST_AUTO_TEST_CASE(what_kubelet_cannot_parse_is_refused_without_its_content)
{
    for (auto const* text : {"", "hunter2", "{", R"({"auths":{"x.y":{"auth":"dTpw"}}} hunter2)", "\xff"})
        CHECK_LOGINS(text, {"it is not JSON"});
    for (auto const* text :
         {"null",
          "[]",
          "\"hunter2\"",
          "{}",
          R"({"auths":null})",
          R"({"auths":["hunter2"]})",
          R"({"x.y":{"auth":"dTpw"}})"})
        CHECK_LOGINS(text, {"it has no object \"auths\""});
    for (auto const* text :
         {R"({"auths":{}})",
          R"({"auths":{"x.y":null}})",
          R"({"auths":{"x.y":{},"z":{}},"credsStore":"desktop"})"})
        CHECK_LOGINS(text, {"auths has no login; Docker may have stored the logins elsewhere"});
    for (auto const* entry : {"\"hunter2\"", "[]", "1"})
        CHECK_LOGINS(
            R"({"auths":{"x.y":)" + std::string(entry) + "}}", {"the login for \"x.y\" is not an object"}
        );
    for (auto const* field : {"username", "password", "auth", "email"})
        CHECK_LOGINS(
            with_entry("\"" + std::string(field) + "\":22"),
            {"the login for \"x.y\" has a value of " + std::string(field) + " that is not a string"}
        );
    for (auto const* auth :
         {"hunter2", "dTpw dw==", "aHVudGVyMg==", "dTpwdw=", "dTpwd", "=", "\\n", "dTpw-w=="})
        CHECK_LOGINS(
            with_entry(R"("auth":")" + std::string(auth) + "\""),
            {"the login for \"x.y\" has a value of auth that is not the base64 form of USER:PASSWORD"}
        );
    // One bad entry makes kubelet refuse the whole Secret.
    CHECK_LOGINS(
        R"({"auths":{"a":{"auth":"dTpw"},"b":{"auth":"hunter2"}}})",
        {"the login for \"b\" has a value of auth that is not the base64 form of USER:PASSWORD"}
    );
    CHECK_LOGINS(
        R"({"auths":{"https://u:hunter2@x.y":{"auth":"dTpw"}}})",
        {"a key of auths has a user name before an \"@\""}
    );
}

BOOST_AUTO_TEST_CASE(deeply_nested_json_is_refused)
{
    std::string const open(10'000, '[');
    CHECK_LOGINS(R"({"auths":)" + open, {"it is not JSON"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace docker_config_test
