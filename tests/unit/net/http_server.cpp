// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/http_server.hpp>
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

namespace http_server_test
{

using tcr::net::parse_bind_address;

BOOST_AUTO_TEST_SUITE(bind_addresses)

BOOST_AUTO_TEST_CASE(zero_turns_a_server_off)
{
    auto const none = parse_bind_address("0");
    BOOST_TEST_REQUIRE(none.has_value());
    BOOST_TEST(!none->has_value());
}

BOOST_AUTO_TEST_CASE(host_and_port_are_read_and_written)
{
    struct example
    {
        std::string_view text;
        std::string_view host;
        unsigned short port;
    };
    for (auto const& each : std::vector<example>{
             {":8080", "", 8080},
             {":0", "", 0},
             {":65535", "", 65535},
             {"127.0.0.1:8080", "127.0.0.1", 8080},
             {"0.0.0.0:1", "0.0.0.0", 1},
             {"[::1]:8080", "::1", 8080},
             {"[::]:8080", "::", 8080},
             {"[fe80::1%1]:8080", "fe80::1%1", 8080}})
    {
        auto const parsed = parse_bind_address(each.text);
        BOOST_TEST_REQUIRE(parsed.has_value(), each.text);
        BOOST_TEST_REQUIRE(parsed->has_value());
        BOOST_TEST((*parsed)->host == each.host);
        BOOST_TEST((*parsed)->port == each.port);
        BOOST_TEST((*parsed)->text() == each.text);
    }
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_refused_by_a_sentence)
{
    struct example
    {
        std::string_view text;
        std::string_view why;
    };
    constexpr std::string_view form = "expected [ADDRESS]:PORT, or 0 for none";
    constexpr std::string_view port = "the port must be a number up to 65535";
    constexpr std::string_view host = "the host must be an IP address, or empty for all addresses";
    constexpr std::string_view brackets = "an IPv6 address needs brackets; any other must not have them";
    for (auto const& each : std::vector<example>{
             {"", form},
             {"8080", form},
             {"00", form},
             {"localhost", form},
             {":", port},
             {":http", port},
             {":-1", port},
             {":65536", port},
             {":99999999999999999999", port},
             {":80 ", port},
             {"[::1]", port},
             {"localhost:80", host},
             {" 127.0.0.1:80", host},
             {"127.0.0.256:80", host},
             {"[]:80", host},
             {"[::1:80", host},
             {"::1:80", brackets},
             {"[127.0.0.1]:80", brackets}})
    {
        auto const refused = parse_bind_address(each.text);
        BOOST_TEST_REQUIRE(refused.has_error(), each.text);
        BOOST_TEST(
            refused.error().message() == "'" + std::string(tcr::trim(each.text)) +
                                             "' is not an address to listen on: " + std::string(each.why)
        );
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace http_server_test
