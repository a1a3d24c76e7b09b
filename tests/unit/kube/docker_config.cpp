// SPDX-License-Identifier: Apache-2.0
#include <tcr/kube/docker_config.hpp>

#include <boost/test/unit_test.hpp>

namespace docker_config_test
{

using namespace tcr::kube;
using format = docker_config_format;

/// The logins as "KEY USER PASSWORD", or the error.
std::string read(std::string_view content, format how = format::json)
{
    auto const logins = read_docker_config(content, how);
    if (!logins)
        return logins.error().message();
    std::string text;
    for (auto const& [key, username, password] : *logins)
        text += (text.empty() ? "" : ", ") + key + " " + username + " " + password;
    return text;
}

/// The login of an entry for the key "r", or the error.
std::string read_entry(std::string const& entry)
{
    return read(R"({"auths":{"r":)" + entry + "}}");
}

BOOST_AUTO_TEST_SUITE(docker_configs)

BOOST_AUTO_TEST_CASE(the_logins_of_both_formats_are_read)
{
    BOOST_TEST(
        read(R"({"auths":{"a":{"username":"u","password":"p"},"b":{"auth":"djpx"}}})") == "a u p, b v q"
    );
    BOOST_TEST(read(R"({"a":{"auth":"djpx","email":"e"}})", format::legacy) == "a v q");
    // Content in the format that the caller does not expect. Read as `json`, it has no logins. Read as
    // `legacy`, it has one empty login with the key "auths".
    BOOST_TEST(read(R"({"a":{"auth":"djpx"}})") == "");
    BOOST_TEST(read(R"({"auths":{"a":{"auth":"djpx"}}})", format::legacy) == "auths  ");
}

BOOST_AUTO_TEST_CASE(auth_replaces_user_name_and_password)
{
    BOOST_TEST(read_entry(R"({"username":"u","password":"p","auth":"djpx"})") == "r v q");
    BOOST_TEST(read_entry(R"({"username":"u","password":"p","auth":""})") == "r u p");
    BOOST_TEST(read_entry(R"({"auth":"dTpwOng="})") == "r u p:x");
}

BOOST_AUTO_TEST_CASE(auth_is_decoded_as_by_kubelet)
{
    std::string const refused =
        "the login for 'r' has a value of auth that is not the base64 form of USER:PASSWORD";
    auto const quoted = [](std::string text)
    {
        for (auto& c : text)
            if (c == '\'')
                c = '"';
        return text;
    };
    BOOST_TEST(read_entry(R"({"auth":"dTpwOng"})") == "r u p:x");
    BOOST_TEST(read_entry(R"({"auth":"dTpw\r\nOng=\n"})") == "r u p:x");
    BOOST_TEST(read_entry(R"({"auth":"Og=="})") == "r  ");
    for (auto const* auth :
         {"dTpw Ong=", "dTpwOng= ", "dXA=", "dXA", "dTpwO", "dTpwOng==", "dTpw-w==", "\\n", "="})
        BOOST_TEST(read_entry(R"({"auth":")" + std::string(auth) + "\"}") == quoted(refused), auth);
}

BOOST_AUTO_TEST_CASE(names_of_fields_have_any_case_and_null_is_absent)
{
    BOOST_TEST(read(R"({"Auths":{"a":{"UserName":"u","PASSWORD":"p"}}})") == "a u p");
    BOOST_TEST(read(R"({"auths":{"a":{"auth":"djpx"}},"AUTHS":{"b":{"auth":"djpx"}}})") == "a v q, b v q");
    BOOST_TEST(read(R"({"auths":null,"HttpHeaders":null})") == "");
    BOOST_TEST(read("null") == "");
    BOOST_TEST(read("null", format::legacy) == "");
    BOOST_TEST(read_entry("null") == "r  ");
    BOOST_TEST(read_entry(R"({"username":null,"password":"p","auth":null})") == "r  p");
}

BOOST_AUTO_TEST_CASE(what_kubelet_ignores_is_ignored)
{
    BOOST_TEST(read_entry(R"({"identitytoken":"t","registrytoken":5})") == "r  ");
    BOOST_TEST(read(R"({"auths":{},"credsStore":"desktop","HttpHeaders":{"a":"b","c":null}})") == "");
}

BOOST_AUTO_TEST_CASE(what_kubelet_cannot_parse_is_an_error)
{
    for (auto const* text : {"", "{", R"({"auths":{}} x)"})
        BOOST_TEST(read(text) == "it is not JSON", text);
    BOOST_TEST(read("[]") == "it is not an object");
    BOOST_TEST(read("[]", format::legacy) == "the map of logins is not an object");
    BOOST_TEST(read(R"({"auths":[]})") == "the map of logins is not an object");
    BOOST_TEST(read(R"({"HttpHeaders":{"a":1}})") == "its HttpHeaders are not strings");
    BOOST_TEST(read(R"({"HttpHeaders":"a"})") == "its HttpHeaders are not strings");
    BOOST_TEST(read_entry(R"("djpx")") == R"(the login for "r" is not an object)");
    for (auto const* field : {"username", "password", "email", "auth"})
        BOOST_TEST(
            read_entry("{\"" + std::string(field) + "\":1}") ==
            R"(the login for "r" has a value of )" + std::string(field) + " that is not a string"
        );
}

BOOST_AUTO_TEST_CASE(no_error_contains_a_credential)
{
    BOOST_TEST(
        read(R"({"auths":{"https://user:unspeakable@r":{"password":1}}})") ==
        R"(the login for "r" has a value of password that is not a string)"
    );
    BOOST_TEST(read(R"({"auths":{"r":{"auth":"unspeakable"}}})").find("unspeakable") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace docker_config_test
