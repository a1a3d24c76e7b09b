// SPDX-License-Identifier: Apache-2.0
#include <tcr/credentials/password_text.hpp>
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace password_text_test
{

using namespace tcr::credentials;

BOOST_AUTO_TEST_SUITE(text_of_passwords)

BOOST_AUTO_TEST_CASE(one_line_break_is_removed)
{
    std::pair<char const*, char const*> const cases[] = {
        {"", ""},
        {"p", "p"},
        {"p\n", "p"},
        {"p\r\n", "p"},
        {"p\r", "p"},
        {"p\n\n", "p\n"},
        {"p\nq", "p\nq"},
        {"p \n", "p "},
        {"\n", ""},
    };
    for (auto const& [text, password] : cases)
        BOOST_TEST(without_line_break(text) == password);
}

BOOST_AUTO_TEST_CASE(a_whole_docker_config_is_not_a_password)
{
    for (std::string const text :
         {R"({"auths":{"x.y":{"auth":"dTpw"}}})",
          R"( { "auths" : {} } )",
          R"({"credsStore":"pass","auths":{"x.y":{}}})",
          R"({"x.y":{"auth":"dTpw"}})",
          R"({"x.y":{"username":"u","password":"p"},"z.y":{"auth":"dTpw"}})"})
    {
        BOOST_TEST(is_docker_config(text), text);
        BOOST_TEST(is_docker_config(tcr::base64_encode(tcr::trim(text))), text);
    }
    for (std::string const text :
         {"",
          "{",
          "{}",
          "e",
          "eyJhbGciOiJSUzI1NiJ9.eyJ1c2VyIjoiMTAwIn0.c2lnbmF0dXJl",
          "eyJhIjoxfQ==",
          R"({"auths":[]})",
          R"({"auths":"x"})",
          R"({"auths":{})",
          R"(["auths"])",
          R"({"type":"service_account","private_key":"k"})"})
        BOOST_TEST(!is_docker_config(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace password_text_test
