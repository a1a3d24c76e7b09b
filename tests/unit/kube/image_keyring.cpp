// SPDX-License-Identifier: Apache-2.0
#include "keyring_cases.hpp"
#include <tcr/kube/image_keyring.hpp>
#include <tcr/kube/image_name.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace image_keyring_test
{

using namespace tcr::kube;

struct image_case
{
    std::string image;
    std::string repository;
};

std::string const hex64(64, 'a');

image_case const images[] = {
    {"nginx", "docker.io/library/nginx"},
    {"nginx:1", "docker.io/library/nginx"},
    {"docker.io/nginx", "docker.io/library/nginx"},
    {"team/app:1", "docker.io/team/app"},
    {"index.docker.io/team/app", "docker.io/team/app"},
    {"foo:5000", "docker.io/library/foo"},
    {"foo:5000/bar", "foo:5000/bar"},
    {"localhost/a", "localhost/a"},
    {"Host/a", "Host/a"},
    {"reg.example.com/a/b:1@sha256:" + hex64, "reg.example.com/a/b"},
    {"reg.example.com/a@sha256:" + hex64, "reg.example.com/a"},
    {"reg.example.com/a@sha512:" + hex64 + hex64, "reg.example.com/a"},
    {"[fd00::5]:5000/a:1", "[fd00::5]:5000/a"},
    {"reg.example.com/a__b/c.d/e---f", "reg.example.com/a__b/c.d/e---f"},
    {"a_b.c/d", "a_b.c/d"},
    {"reg.example.com/" + std::string(255, 'a'), "reg.example.com/" + std::string(255, 'a')},
    {"", ""},
    {"/", ""},
    {"/a", ""},
    {"a/", ""},
    {"a//b", ""},
    {" nginx", ""},
    {"nginx\n", ""},
    {"Nginx", ""},
    {"reg.example.com/A", ""},
    {"reg.example.com/a___b", ""},
    {"reg.example.com/a..b", ""},
    {"reg.example.com/-a", ""},
    {"reg.example.com", "docker.io/library/reg.example.com"},
    {"reg.example.com/", ""},
    {"reg.example.com:/a", ""},
    {"reg.example.com:port/a", ""},
    {"-reg.example.com/a", ""},
    {"[fd00::5/a", ""},
    {"[]/a", ""},
    {"[fd00::5]x/a", ""},
    {"a:", ""},
    {"a:.b", ""},
    {"a:" + std::string(128, 'b'), "docker.io/library/a"},
    {"a:" + std::string(129, 'b'), ""},
    {"a@sha256:" + std::string(63, 'a'), ""},
    {"a@sha256:" + std::string(64, 'A'), ""},
    {"a@md5:" + std::string(32, 'a'), ""},
    {"a@", ""},
    {"a:1@b@sha256:" + hex64, ""},
    {"https://reg.example.com/a", ""},
    {hex64, ""},
    {"reg.example.com/" + std::string(256, 'a'), ""},
};

BOOST_AUTO_TEST_SUITE(image_names_and_keyring)

BOOST_AUTO_TEST_CASE(repositories_are_those_of_kubelet)
{
    for (auto const& each : images)
        BOOST_TEST(repository_of(each.image) == each.repository, each.image);
}

BOOST_AUTO_TEST_CASE(logins_and_their_order_are_those_of_kubelet)
{
    for (auto const& each : tcr::test::keyring_cases())
        BOOST_TEST_CONTEXT(each.keys.front() << " for " << each.image)
        {
            image_keyring keyring;
            for (std::size_t i = 0; i < each.keys.size(); ++i)
                keyring.add(each.keys[i], i);
            BOOST_TEST(
                keyring.lookup(repository_of(each.image)) == each.logins, boost::test_tools::per_element()
            );
        }
}

BOOST_AUTO_TEST_CASE(equal_keys_have_the_same_normal_form)
{
    for (auto const* each :
         {"reg.example.com",
          "https://reg.example.com",
          "http://reg.example.com/",
          "reg.example.com/v1/",
          "user@reg.example.com/v2/?a#b"})
        BOOST_TEST(normal_registry_key(each).value() == "reg.example.com");
    BOOST_TEST(normal_registry_key("https://reg.example.com/v1/a").value() == "reg.example.com/a");
    for (auto const* each :
         {"reg.example.com\n", "reg example.com", "reg.example.com:x", "a:b:1", "[::1", "%zz", "a%41"})
        BOOST_TEST(!normal_registry_key(each), each);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace image_keyring_test
