// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/host_port.hpp>

#include <boost/test/unit_test.hpp>

#include <string_view>
#include <utility>

namespace host_port_test
{

using tcr::net::registry_location;
using tcr::net::split_host_port;
using parts = std::pair<std::string_view, std::string_view>;

BOOST_AUTO_TEST_CASE(the_parts_of_a_registry_location_are_its_text)
{
    struct row
    {
        std::string_view host;
        std::string_view port;
        std::string_view path;
    };
    row const rows[] = {
        {"registry.example.com", "", ""},
        {"registry.example.com", ":5000", "/team/app"},
        {"[fd00::5]", "", ""},
        {"[fd00::5]", ":5000", "/team"},
        {"localhost", ":", "/"},
        {"", "", "/a:1"},
        {"", ":", ""},
        {"", "", ""},
        // Malformed.
        {"fd00", "::5", ""},
        {"[fd00::5", "", "/]:1"},
        {"[fd00::5]x", ":1", ""},
    };
    for (auto const& each : rows)
    {
        auto const host_and_port = std::string(each.host).append(each.port);
        auto const text = host_and_port + std::string(each.path);
        registry_location const found(text);
        BOOST_TEST(found.host_and_port == host_and_port, text);
        BOOST_TEST(found.host == each.host, text);
        BOOST_TEST(found.port == each.port, text);
        BOOST_TEST(found.path == each.path, text);
    }
}

// The expected values are those of Go's net.SplitHostPort.
BOOST_AUTO_TEST_CASE(host_and_port_are_split_as_in_go)
{
    BOOST_TEST((split_host_port("example.com:443") == parts("example.com", "443")));
    BOOST_TEST((split_host_port("example.com:") == parts("example.com", "")));
    BOOST_TEST((split_host_port(":443") == parts("", "443")));
    BOOST_TEST((split_host_port("[fd00::5]:443") == parts("fd00::5", "443")));
    for (std::string_view const other :
         {"", "example.com", "fd00::5", "[fd00::5]", "[fd00::5:443", "fd00::5]:443", "[[::]]:1", "a[b]:1"})
        BOOST_TEST((split_host_port(other) == parts(other, "")), other);
}

}  // namespace host_port_test
