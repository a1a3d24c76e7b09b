// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/proxy.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace proxy_test
{

using tcr::net::bypasses_proxy;
using tcr::net::http_proxy;
using tcr::net::parse_proxy;
using tcr::net::proxy_settings_from_environment;

http_proxy parsed(std::string_view url)
{
    auto const proxy = parse_proxy(url);
    BOOST_TEST_REQUIRE(proxy.has_value(), url);
    return *proxy;
}

/// Removes the variables about proxies. The destructor restores the environment.
struct environment
{
    environment()
    {
        for (auto const* name : {"HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"})
        {
            if (auto const* value = std::getenv(name))
                before[name] = value;
            else
                before[name].reset();
            unsetenv(name);
        }
    }
    ~environment()
    {
        for (auto const& [name, value] : before)
            value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    }

    std::map<std::string, std::optional<std::string>> before;
};

BOOST_AUTO_TEST_SUITE(proxies)

BOOST_AUTO_TEST_CASE(url_of_a_proxy_is_parsed)
{
    std::pair<std::string_view, std::string_view> const cases[] = {
        {"http://proxy.example.com:3128", "proxy.example.com:3128"},
        {"HTTP://Proxy.example.com:3128/", "proxy.example.com:3128"},
        {"http://proxy", "proxy:80"},
        {"http://10.0.0.1:8080", "10.0.0.1:8080"},
        {"http://[fd00::1]:3128", "[fd00::1]:3128"},
        {"http://user:password@proxy:3128", "proxy:3128"},
    };
    for (auto const& [url, authority] : cases)
        BOOST_TEST(parsed(url).authority() == authority);
    BOOST_TEST(parsed("http://[fd00::1]:3128").host == "fd00::1");
}

BOOST_AUTO_TEST_CASE(user_info_becomes_basic_credentials)
{
    std::pair<std::string_view, std::string_view> const cases[] = {
        {"http://proxy:3128", ""},
        // The example of RFC 7617, section 2.
        {"http://Aladdin:open%20sesame@proxy:3128", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
        {"http://joe@proxy", "Basic am9lOg=="},
        {"http://joe:@proxy", "Basic am9lOg=="},
        {"http://joe:a:b@proxy", "Basic am9lOmE6Yg=="},
        {"http://joe:a%40%3A%2f%0a@proxy", "Basic am9lOmFAOi8K"},
        {"http://joe:a@b@proxy", "Basic am9lOmFAYg=="},
    };
    for (auto const& [url, authorization] : cases)
        BOOST_TEST(parsed(url).authorization == authorization);
}

BOOST_AUTO_TEST_CASE(other_urls_are_refused_without_being_quoted)
{
    std::pair<std::string_view, std::string_view> const cases[] = {
        {"", "does not begin with http://"},
        {"proxy:3128", "does not begin with http://"},
        {"https://joe:hunter2@proxy:3128", "does not begin with http://"},
        {"socks5://joe:hunter2@proxy:1080", "does not begin with http://"},
        {"http://", "is not the URL of a proxy"},
        {"http://joe:hunter2@", "is not the URL of a proxy"},
        {"http://joe:hunter2@proxy:x", "is not the URL of a proxy"},
        {"http://joe:hunter2@proxy:0", "is not the URL of a proxy"},
        {"http://joe:hunter2%@proxy", "is not the URL of a proxy"},
        {"http://joe:hunter2%zz@proxy", "is not the URL of a proxy"},
        {"http://joe:hunter2/x@proxy", "is not the URL of a proxy"},
        {"http://joe:hunter2#x@proxy", "is not the URL of a proxy"},
        {"http://proxy/proxy.pac", "is not the URL of a proxy"},
        {"http://proxy?x=y", "is not the URL of a proxy"},
        {"http://pro xy", "is not the URL of a proxy"},
        {"http://pro%0d%0axy", "is not the URL of a proxy"},
    };
    for (auto const& [url, why] : cases)
        BOOST_TEST_CONTEXT(url)
        {
            auto const proxy = parse_proxy(url);
            BOOST_TEST_REQUIRE(proxy.has_error());
            BOOST_TEST(proxy.error().detail.starts_with(why), proxy.error().detail);
            BOOST_TEST(proxy.error().detail.find("hunter2") == std::string::npos);
        }
}

// The expected values are those of golang.org/x/net/http/httpproxy.
BOOST_AUTO_TEST_CASE(no_proxy_has_the_rules_of_go)
{
    struct rule
    {
        std::string_view no_proxy;
        std::string_view host;
        std::string_view port;
        bool bypasses;
    };
    rule const cases[] = {
        // Always
        {"", "example.com", "443", false},
        {"", "localhost", "443", true},
        {"", "127.0.0.1", "6443", true},
        {"", "127.255.3.4", "443", true},
        {"", "::1", "443", true},
        {"", "::ffff:127.0.0.1", "443", true},
        {"", "localhost.example.com", "443", false},
        {"", "::2", "443", false},
        {"", "128.0.0.1", "443", false},
        // Everything
        {"*", "example.com", "443", true},
        {" a , * ", "10.0.0.1", "443", true},
        {"*:443", "example.com", "443", false},
        // Names and domains
        {"example.com", "example.com", "443", true},
        {"example.com", "a.b.example.com", "443", true},
        {"example.com", "anexample.com", "443", false},
        {"example.com", "com", "443", false},
        {"EXAMPLE.com", "Example.COM", "443", true},
        {".example.com", "example.com", "443", false},
        {".example.com", "a.example.com", "443", true},
        {"*.example.com", "example.com", "443", false},
        {"*.example.com", "a.example.com", "443", true},
        {"a*.example.com", "a1.example.com", "443", false},
        {".svc,.cluster.local", "kubernetes.default.svc", "443", true},
        {"x,,  example.com  ,y", "example.com", "443", true},
        {"x example.com", "example.com", "443", false},
        {",", "example.com", "443", false},
        // Ports
        {"example.com:443", "example.com", "443", true},
        {"example.com:443", "a.example.com", "443", true},
        {"example.com:443", "example.com", "6443", false},
        {"example.com:", "example.com", "6443", true},
        {".example.com:443", "a.example.com", "443", true},
        {":443", "example.com", "443", false},
        {"10.0.0.1:443", "10.0.0.1", "443", true},
        {"10.0.0.1:443", "10.0.0.1", "80", false},
        {"[fd00::1]:443", "fd00::1", "443", true},
        {"[fd00::1]:443", "fd00::1", "80", false},
        // Addresses
        {"10.0.0.1", "10.0.0.1", "443", true},
        {"10.0.0.1", "10.0.0.2", "443", false},
        {"10.0.0.1", "x.10.0.0.1", "443", false},
        {"10.0.0", "10.0.0.1", "443", false},
        {"fd00::1", "fd00::1", "443", true},
        {"fd00:0:0::1", "fd00::1", "443", true},
        {"FD00::1", "fd00::1", "443", true},
        {"[fd00::1]", "fd00::1", "443", false},
        {"::ffff:10.0.0.1", "10.0.0.1", "443", true},
        {"10.0.0.1", "::ffff:10.0.0.1", "443", true},
        {".0.1", "10.0.0.1", "443", false},
        // Networks
        {"10.0.0.0/8", "10.1.2.3", "443", true},
        {"10.9.9.9/8", "10.1.2.3", "443", true},
        {"10.0.0.0/8", "11.0.0.1", "443", false},
        {"10.96.0.0/12", "10.111.255.255", "443", true},
        {"10.96.0.0/12", "10.112.0.0", "443", false},
        {"10.0.0.0/8", "10.example.com", "443", false},
        {"10.0.0.1/32", "10.0.0.1", "443", true},
        {"10.0.0.1/32", "10.0.0.2", "443", false},
        {"0.0.0.0/0", "8.8.8.8", "443", true},
        {"0.0.0.0/0", "fd00::1", "443", false},
        {"::/0", "fd00::1", "443", true},
        {"::/0", "8.8.8.8", "443", false},
        {"fd00::/8", "fdff::1", "443", true},
        {"fd00::/65", "fd00::8000:0:0:0", "443", false},
        {"fd00::/65", "fd00::7fff:0:0:0", "443", true},
        {"::ffff:10.0.0.0/104", "10.1.2.3", "443", true},
        {"10.0.0.0/33", "10.0.0.0", "443", false},
        {"10.0.0.0/-1", "10.0.0.0", "443", false},
        {"10.0.0.0/", "10.0.0.0", "443", false},
        {"/8", "10.0.0.0", "443", false},
        {"010.0.0.1", "10.0.0.1", "443", false},
    };
    for (auto const& each : cases)
        BOOST_TEST(
            bypasses_proxy(each.no_proxy, each.host, each.port) == each.bypasses,
            each.no_proxy << " for " << each.host << " " << each.port
        );
}

BOOST_FIXTURE_TEST_CASE(environment_names_the_proxy, environment)
{
    BOOST_TEST(!proxy_settings_from_environment().for_server("example.com", "443").value());
    setenv("https_proxy", "http://small", 1);
    setenv("no_proxy", "example.com", 1);
    auto settings = proxy_settings_from_environment();
    BOOST_TEST(settings.for_server("example.org", "443")->value().host == "small");
    BOOST_TEST(!settings.for_server("example.com", "443").value());

    setenv("HTTPS_PROXY", "capital:3128", 1);
    setenv("NO_PROXY", "example.org", 1);
    settings = proxy_settings_from_environment();
    BOOST_TEST(settings.for_server("example.com", "443")->value().authority() == "capital:3128");
    BOOST_TEST(!settings.for_server("example.org", "443").value());
}

BOOST_FIXTURE_TEST_CASE(an_unusable_proxy_is_an_error_only_for_servers_that_would_use_it, environment)
{
    setenv("HTTPS_PROXY", "socks5://joe:hunter2@proxy", 1);
    setenv("NO_PROXY", "example.org", 1);
    auto const settings = proxy_settings_from_environment();
    BOOST_TEST(!settings.for_server("127.0.0.1", "6443").value());
    BOOST_TEST(!settings.for_server("example.org", "443").value());
    auto const refused = settings.for_server("example.com", "443");
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST(refused.error().detail.starts_with("HTTPS_PROXY does not begin with http://"));
    setenv("HTTPS_PROXY", " ", 1);
    setenv("https_proxy", "joe:hunter2@proxy:x", 1);
    auto const malformed = proxy_settings_from_environment().for_server("example.com", "443");
    BOOST_TEST_REQUIRE(malformed.has_error());
    BOOST_TEST(malformed.error().detail.starts_with("https_proxy is not the URL of a proxy"));
    BOOST_TEST(malformed.error().detail.find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace proxy_test
