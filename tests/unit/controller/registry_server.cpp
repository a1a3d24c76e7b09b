
#include "registry_server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace registry_server_test
{

using tcr::controller::server_problem;

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
        {"HTTP://X.Y:5000/", "x.y:5000"},
        {"//x.y", "x.y"},
        {"x.y/", "x.y"},
        {"x.y/team/app:1.2", "x.y"},
        {"x.y/app@sha256:0123", "x.y"},
        {"X.y", "x.y"},
        {" x.y\n", "x.y"},
        {"x.y.", "x.y"},
        {"x.y:", "x.y"},
        {"x.y:0443", "x.y:443"},
        {"user@x.y", "x.y"},
        {"https://user:secret@x.y/z", "x.y"},
        {"x.y?a=b", "x.y"},
        // These values get no suggestion, because the intended server is unclear.
        {"*.x.y", ""},
        {"x.y,z.y", ""},
        {"x.y z.y", ""},
        {"[::1]:5000", ""},
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
         R"(must be a domain with an optional port: no blanks, no scheme such as "https://", no path, no capital letters; write "x.y")"},
        {"x.y/", R"(must be a domain with an optional port: no "/" at the end; write "x.y")"},
        {"*.y",
         "must be a domain with an optional port: no wildcard, but an ImagePullSecret for each domain"},
        {"x.y:0", "must be a domain with an optional port: no port but 1 to 65535"},
        {"[::1]:5000",
         "must be a domain with an optional port: no IPv6 address, but a domain that stands for it"},
        {"中.cn",
         R"(must be a domain with an optional port: no letters beyond ASCII, but the domain's form with "xn--")"},
        {"x_y",
         R"(must be a domain with an optional port, such as "name.tencentcloudcr.com" or "10.0.0.5:5000")"},
    };
    for (auto const& [server, text] : cases)
        BOOST_TEST(server_problem(server) == text);
}

BOOST_AUTO_TEST_CASE(long_input_gives_a_short_message)
{
    for (auto const* piece : {"a", "a.", "[", "@", "/", "*", ":", "\xff", "A"})
    {
        std::string text;
        for (int i = 0; i < 100'000; ++i)
            text += piece;
        BOOST_TEST(server_problem(text).size() < 500u);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace registry_server_test
