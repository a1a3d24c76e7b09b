// SPDX-License-Identifier: Apache-2.0

#include "registry_server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace registry_server_test
{

using tcr::controller::server_problem;
using tcr::controller::server_warnings;

std::string suggestion(std::string const& server)
{
    auto const text = server_problem(server);
    constexpr std::string_view before = "; write \"";
    auto const start = text.find(before);
    return start == std::string::npos
               ? ""
               : text.substr(start + before.size(), text.size() - start - before.size() - 1);
}

BOOST_AUTO_TEST_SUITE(registry_servers)

BOOST_AUTO_TEST_CASE(a_correction_is_suggested)
{
    std::pair<char const*, char const*> const cases[] = {
        {"https://x.y", "x.y"},
        {"https://x.y/v1/", "x.y"},
        {"https://x.y/v2/_catalog", "x.y"},
        {"x.y/v1", "x.y"},
        {"x.y/v2/team/app", "x.y/team/app"},
        {"HTTP://X.Y:5000/", "x.y:5000"},
        {"//x.y", "x.y"},
        {"x.y/", "x.y"},
        {"x.y/team/", "x.y/team"},
        {"x.y/Team", "x.y/team"},
        {"x.y/team/app:1.2", "x.y/team/app"},
        {"x.y/app@sha256:0123", "x.y/app"},
        {"x.y/team/*", "x.y/team"},
        {"x.y/team-*", "x.y/team-"},
        {"x.y/a//b", "x.y"},
        {"X.y", "x.y"},
        {"*.X.y", "*.x.y"},
        {" x.y\n", "x.y"},
        {"x.y.", "x.y"},
        {"x.y:", "x.y"},
        {"x.y:0443", "x.y:443"},
        {"[FD00::5]:5000", "[fd00::5]:5000"},
        {"user@x.y", "x.y"},
        {"https://user:secret@x.y/z", "x.y/z"},
        {"x.y?a=b", "x.y"},
        {"x。y：5000", "x.y:5000"},
        {"x.y／team", "x.y/team"},
        {"x\u200b.y", "x.y"},
        {"https://index.docker.io/v1/", "index.docker.io"},
        {"index.docker.io/team", "docker.io/team"},
        // These values get no suggestion, because the intended server is unclear.
        {"*", ""},
        {"registry", ""},
        {"registry/team", ""},
        {"x?.y", ""},
        {"x.y:*", ""},
        {"x.y,z.y", ""},
        {"x.y z.y", ""},
        {"[::1]", ""},
        {"[::1", ""},
        {"[x.y]:5000", ""},
        {"::1", ""},
        {"x.y:0", ""},
        {"x.y:65536", ""},
        {"x.y:latest", ""},
        {"x_y", ""},
        {"中.cn", ""},
        {"user:se/cret@x.y", ""},
        {"user/se@x.y", ""},
        {"https://", ""},
        {"@", ""},
        {"/", ""},
    };
    for (auto const& [server, meant] : cases)
    {
        BOOST_TEST(suggestion(server) == meant, server);
        BOOST_TEST(!server_problem(server).empty(), server);
        if (*meant != '\0')
            BOOST_TEST(server_problem(meant) == "");
    }
}

BOOST_AUTO_TEST_CASE(each_fault_is_named)
{
    std::pair<char const*, char const*> const cases[] = {
        {"https://X.y/z ",
         R"(no blanks or line breaks, no scheme such as "https://", no capital letters; write "x.y/z")"},
        {"x.y/", R"(no "/" at the end; write "x.y")"},
        {"x.y/z?tag=1", R"(no "?" or "#"; write "x.y/z")"},
        {"x.y/v2/z",
         R"(no path that begins with "/v1" or "/v2", the path of the registry's API; write "x.y/z")"},
        {"x.y/v1", R"(no path that begins with "/v1" or "/v2", the path of the registry's API; write "x.y")"},
        {"x.y/z:1", R"(no tag and no digest; write "x.y/z")"},
        {"x.y/z*", R"(no "*" in the path, which matches all images that begin with it; write "x.y/z")"},
        {"x.y/z z",
         R"(no blanks or line breaks, the path must be of small letters and digits, with "/", ".", "_" or )"
         R"("-" between them; write "x.y")"},
        {"index.docker.io/team",
         R"(a path needs "docker.io" instead of "index.docker.io"; write "docker.io/team")"},
        {"*", R"(no "*" for a whole host: it matches one label, as in "*.example.com")"},
        {"registry",
         "a host of one label needs a port: without one, kubelet looks for its images at docker.io"},
        {"x.y:0", "the port must be from 1 to 65535"},
        {"fd00::5", R"(an IPv6 address needs brackets and a port, such as "[fd00::5]:5000")"},
        {"x.y：5000", R"(no "：" (U+FF1A, full-width colon); write "x.y:5000")"},
        {"中.cn", R"(letters beyond ASCII need the domain's form with "xn--")"},
        {"x.y,z.y", "write one ImagePullSecret for each registry"},
    };
    for (auto const& [server, text] : cases)
        BOOST_TEST(
            server_problem(server) == "must be a domain with an optional port and path: " + std::string(text)
        );
    BOOST_TEST(
        server_problem("x_y") ==
        "must be a domain with an optional port and path, such as "
        "\"name.tencentcloudcr.com\", \"10.0.0.5:5000\" or \"registry.example.com/team\""
    );
    auto const long_path = "x.y/" + std::string(256, 'p');
    BOOST_TEST(server_problem(long_path) == "must be a domain with an optional port and path; write \"x.y\"");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_probably_not_intended_causes_a_warning)
{
    std::pair<char const*, char const*> const cases[] = {
        {"hub.docker.com", R"(kubelet uses "hub.docker.com" for no image of Docker Hub; write "docker.io")"},
        {"registry-1.docker.io/team",
         R"(kubelet uses "registry-1.docker.io" for no image of Docker Hub; write "docker.io/team")"},
        {"registry.hub.docker.com",
         R"(kubelet uses "registry.hub.docker.com" for no image of Docker Hub; write "docker.io")"},
        {"*.com",
         R"("*.com" matches hosts of many owners; kubelet sends the password to each of them that an image )"
         R"(names)"},
        {"registry.*.com",
         R"("registry.*.com" matches hosts of many owners; kubelet sends the password to each of them that )"
         R"(an image names)"},
    };
    for (auto const& [server, text] : cases)
    {
        BOOST_TEST(server_problem(server) == "");
        BOOST_TEST(
            server_warnings(server) == std::vector<std::string>{text}, boost::test_tools::per_element()
        );
    }
    for (auto const* server :
         {"docker.io",
          "index.docker.io",
          "docker.io/team",
          "x.y",
          "*.tencentcloudcr.com",
          "10.0.0.*",
          "registry*:5000",
          "[fd00::5]:5000",
          "localhost"})
    {
        BOOST_TEST(server_problem(server) == "");
        BOOST_TEST(server_warnings(server).empty(), server);
    }
}

BOOST_AUTO_TEST_CASE(long_input_gives_a_short_message)
{
    for (auto const* piece : {"a", "a.", "[", "@", "/", "/a", "*", ":", "\xff", "A", "，"})
    {
        std::string text;
        for (int i = 0; i < 100'000; ++i)
            text += piece;
        BOOST_TEST(server_problem(text).size() < 500u);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace registry_server_test
