// SPDX-License-Identifier: Apache-2.0
#include <tcr/hosts/hosts_config.hpp>
#include <tcr/kube/errc.hpp>

#include <boost/test/unit_test.hpp>

#include <ostream>

namespace tcr::hosts
{

std::ostream& operator<<(std::ostream& out, host_entry const& entry)
{
    return out << entry.address << ' ' << entry.domain;
}

}  // namespace tcr::hosts

namespace hosts_config_test
{

using namespace tcr::hosts;

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

hosts_config accepted(std::string const& text)
{
    auto const parsed = parse_hosts_config("config f", text);
    BOOST_REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().message()));
    return *parsed;
}

std::string refusal(std::string const& text)
{
    auto const parsed = parse_hosts_config("config f", text);
    BOOST_TEST_REQUIRE(!parsed.has_value(), text);
    BOOST_TEST((parsed.error().code == tcr::kube::errc::bad_config));
    return parsed.error().message();
}

/// The problem with an invalid entry on line 3. Line 2 has a valid entry.
std::string problem(std::string const& entry)
{
    auto const found = accepted("hosts:\n- {domain: good.example.com, ip: 10.0.0.9}\n- " + entry + "\n");
    BOOST_TEST(found.entries.size() == 1u, entry);
    BOOST_TEST(found.refused == 1u, entry);
    BOOST_TEST_REQUIRE(found.problems.size() == 1u, entry);
    return found.problems.front();
}

BOOST_AUTO_TEST_SUITE(hosts_configs)

BOOST_AUTO_TEST_CASE(entries_are_read_in_order)
{
    auto const found = accepted(
        "hosts:\n"
        "- domain: Demo.TencentCloudCR.com\n  ip: 172.16.1.95\n  disabled: false\n"
        "- {domain: off.example.com, ip: 10.0.0.1, disabled: true}\n"
        "- {ip: '2001:DB8:0::1', domain: demo.tencentcloudcr.com}\n"
        "- domain: bare\n  ip: 2001:db8::2\n"
    );
    std::vector<host_entry> const wanted{
        {"demo.tencentcloudcr.com", "172.16.1.95"},
        {"demo.tencentcloudcr.com", "2001:db8::1"},
        {"bare", "2001:db8::2"}};
    BOOST_TEST(found.entries == wanted, boost::test_tools::per_element());
    BOOST_TEST(found.disabled == 1u);
    BOOST_TEST(found.refused == 0u);
    BOOST_TEST(found.problems.empty());
}

BOOST_AUTO_TEST_CASE(json_is_yaml)
{
    BOOST_TEST(
        accepted(R"({"hosts":[{"domain":"a.example.com","ip":"10.0.0.1","disabled":false}]})")
            .entries.size() == 1u
    );
}

BOOST_AUTO_TEST_CASE(no_names_are_desired_only_if_the_list_is_explicit)
{
    for (auto const* text : {"hosts: []\n", "---\nhosts: []\n", "{\"hosts\":[]}"})
    {
        auto const found = accepted(text);
        BOOST_TEST(found.entries.empty(), text);
        BOOST_TEST(found.problems.empty(), text);
    }
    BOOST_TEST(accepted("hosts: [{domain: a.example.com, ip: 10.0.0.1, disabled: true}]").entries.empty());
    // Any other empty document may be cut off. It is refused, because it would remove all names.
    std::pair<std::string, std::string> const cases[] = {
        {"", "line 1: is empty; write 'hosts: []' if no names are wanted"},
        {"\n", "line 1: is empty"},
        {"# only a comment\n", "line 1: is empty"},
        {"---\n", "line 1: is empty"},
        {"\xef\xbb\xbf", "line 1: is empty"},
        {",\n", "line 1: is not YAML: no value begins with this character"},
        {"%\n", "line 1: is not YAML: no document begins there"},
        {"{\"hosts\":[{\"domain\":\"a.example.com\",\"ip\":\"10.0.0.1\"}]},\n",
         "line 1: is not YAML: text follows the value"},
        {"---\n# mine\n---\nhosts: []\n", "line 3: a second document"},
        {"hosts:\n", "line 1, key 'hosts': has no value; write 'hosts: []' if no names are wanted"},
        {"{}\n", "line 1: has no key 'hosts'; write 'hosts:' and below it"},
    };
    for (auto const& [text, expected] : cases)
        BOOST_TEST(
            refusal(text).find("config f, " + expected) != std::string::npos, text << " -> " << refusal(text)
        );
}

BOOST_AUTO_TEST_CASE(the_largest_configuration_is_read)
{
    for (std::string const entry :
         {"- {domain: a.example.com, ip: 10.0.0.1}\n", R"({"domain":"a.example.com","ip":"10.0.0.1"},)"})
    {
        bool const is_json = entry.starts_with('{');
        std::string text = is_json ? R"({"hosts":[)" : "hosts:\n";
        while (text.size() + entry.size() + 2 <= max_config_bytes)
            text += entry;
        if (is_json)
        {
            text.back() = ']';
            text += '}';
        }
        BOOST_TEST(accepted(text).entries.size() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(invalid_entries_are_reported_by_line_and_key_and_the_others_count)
{
    auto const is_refused = [](std::string const& entry, std::string const& where, std::string const& why)
    {
        auto const text = problem(entry);
        BOOST_TEST(text.starts_with("config f, line 3" + where + ": "), text);
        BOOST_TEST(contains(text, why), text);
    };
    is_refused(
        "{domain: x.example.com, ip: 10.0.0}",
        ", key 'ip'",
        "'10.0.0' is not an IP address; write one such as"
    );
    is_refused("{domain: x.example.com, ip: 010.0.0.1}", ", key 'ip'", "is not an IP address");
    is_refused("{domain: x.example.com, ip: 0.0.0.0}", ", key 'ip'", "is not the address of one machine");
    is_refused(
        "{domain: x.example.com, ip: 255.255.255.255}", ", key 'ip'", "is not the address of one machine"
    );
    is_refused("{domain: x.example.com, ip: '::'}", ", key 'ip'", "is not the address of one machine");
    is_refused("{domain: x.example.com, ip: 224.0.0.1}", ", key 'ip'", "is not the address of one machine");
    is_refused("{domain: x.example.com, ip: 'fe80::1%eth0'}", ", key 'ip'", "interface");
    is_refused("{domain: x.example.com, ip: [10.0.0.1]}", ", key 'ip'", "not a single value");
    is_refused("{domain: x.example.com, ip: }", ", key 'ip'", "not a single value");
    is_refused("{domain: 'https://x.example.com', ip: 10.0.0.1}", ", key 'domain'", "URL");
    is_refused("{domain: 'x.example.com:5000', ip: 10.0.0.1}", ", key 'domain'", "port");
    is_refused("{domain: '*.example.com', ip: 10.0.0.1}", ", key 'domain'", "wildcard");
    is_refused("{domain: x.example.com., ip: 10.0.0.1}", ", key 'domain'", "ends with a dot");
    is_refused("{domain: x_y.example.com, ip: 10.0.0.1}", ", key 'domain'", "is not a domain");
    is_refused("{domain: 'x.example.com y.example.com', ip: 10.0.0.1}", ", key 'domain'", "is not a domain");
    is_refused(
        "{domain: \"x.example.com\\n10.0.0.1 evil\", ip: 10.0.0.1}", ", key 'domain'", "is not a domain"
    );
    is_refused("{domain: -x.example.com, ip: 10.0.0.1}", ", key 'domain'", "is not a domain");
    is_refused("{domain: 10.0.0.1, ip: 10.0.0.1}", ", key 'domain'", "is an address");
    is_refused("{domain: 1.2.3, ip: 10.0.0.1}", ", key 'domain'", "ends with a number");
    is_refused("{domain: localhost, ip: 10.0.0.1}", ", key 'domain'", "node itself");
    is_refused("{domain: " + std::string(64, 'x') + ".com, ip: 10.0.0.1}", ", key 'domain'", "more than 63");
    is_refused(
        "{domain: x.example.com, ip: 10.0.0.1, disable: true}",
        ", key 'disable'",
        "the keys are domain, ip and disabled"
    );
    is_refused(
        "{domain: x.example.com, ip: 10.0.0.1, disabled: maybe}", ", key 'disabled'", "neither true nor false"
    );
    is_refused("{domain: x.example.com, ip: 10.0.0.1, ip: 10.0.0.2}", ", key 'ip'", "more than once");
    is_refused("{domain: x.example.com}", "", "has no 'ip'");
    is_refused("{ip: 10.0.0.1}", "", "has no 'domain'");
    is_refused("x.example.com", "", "is not a mapping");
}

BOOST_AUTO_TEST_CASE(second_entry_of_a_domain_and_family_is_refused)
{
    auto const found = accepted(
        "hosts:\n"
        "- {domain: a.example.com, ip: 10.0.0.1}\n"
        "- {domain: a.example.com, ip: 10.0.0.2, disabled: true}\n"
        "- {domain: A.example.com, ip: 10.0.0.3}\n"
        "- {domain: a.example.com, ip: '2001:db8::1'}\n"
        "- {domain: a.example.com, ip: 10.0.0.1}\n"
    );
    BOOST_TEST(found.entries.size() == 2u);
    BOOST_TEST(found.refused == 2u);
    BOOST_TEST(
        contains(
            found.problems.at(0),
            "line 4, key 'domain': 'a.example.com' already has an IPv4 address (config f, line 2)"
        ),
        found.problems.at(0)
    );
    BOOST_TEST(contains(found.problems.at(1), "line 6"), found.problems.at(1));
}

BOOST_AUTO_TEST_CASE(an_invalid_document_is_refused_as_a_whole)
{
    BOOST_TEST(contains(refusal("hosts: [{domain: a.example.com, ip: 10.0.0.1"), "is not YAML"));
    BOOST_TEST(contains(refusal("hosts:\n- domain: a.example.com\n ip: 10.0.0.1\n"), "is not YAML"));
    BOOST_TEST(contains(refusal("just words"), "is not a mapping; write 'hosts:'"));
    BOOST_TEST(contains(refusal("- {domain: a.example.com, ip: 10.0.0.1}\n"), "is not a mapping"));
    BOOST_TEST(contains(refusal("hosts: {domain: a.example.com}\n"), "line 1, key 'hosts': is not a list"));
    BOOST_TEST(contains(refusal("hosts: []\nhosts: []\n"), "more than once"));
    BOOST_TEST(contains(refusal("hosts: []\n---\nhosts: []\n"), "second document"));
    // A document with a misspelt key must not count as an empty list.
    BOOST_TEST(contains(
        refusal("host:\n- {domain: a.example.com, ip: 10.0.0.1}\n"), "line 1, key 'host': unknown key"
    ));
    BOOST_TEST(contains(refusal("hosts:\n- {domain: a.example.com, ip: nonsense}\n"), "nothing changes"));
    BOOST_TEST(contains(refusal("hosts: []\n" + std::string(max_config_bytes, '#')), "larger than 256 KiB"));
}

BOOST_AUTO_TEST_CASE(an_unknown_key_beside_the_hosts_is_reported)
{
    auto const found = accepted("hosts: [{domain: a.example.com, ip: 10.0.0.1}]\nttl: 60\n");
    BOOST_TEST(found.entries.size() == 1u);
    BOOST_TEST_REQUIRE(found.problems.size() == 1u);
    BOOST_TEST(contains(found.problems.front(), "line 2, key 'ttl': unknown key"));
}

BOOST_AUTO_TEST_CASE(the_number_of_problems_is_limited)
{
    std::string text = "hosts:\n- {domain: a.example.com, ip: 10.0.0.1}\n";
    for (int i = 0; i < 1000; ++i)
        text += "- nonsense\n";
    auto const found = accepted(text);
    BOOST_TEST(found.refused == 1000u);
    BOOST_TEST(found.problems.size() == 20u);
}

BOOST_AUTO_TEST_CASE(any_bytes_are_accepted)
{
    refusal(std::string(50'000, '['));
    refusal(std::string("\0\xff\xfe", 3));
    refusal("&a [*a]");
    std::string text = "hosts:\n- &a {domain: a.example.com, ip: 10.0.0.1}\n";
    for (int i = 0; i < 100; ++i)
        text += "- *a\n";
    BOOST_TEST(accepted(text).refused == 100u);
}

BOOST_AUTO_TEST_CASE(a_truncated_document_yields_only_complete_entries)
{
    std::string const whole =
        "hosts:\n- {domain: a.example.com, ip: 10.0.0.1}\n- {domain: b.example.com, ip: 10.0.0.2}\n";
    for (std::size_t size = 0; size <= whole.size(); ++size)
    {
        auto const parsed = parse_hosts_config("config f", whole.substr(0, size));
        if (!parsed)
            continue;
        // A cut document never yields an entry that the whole document does not contain.
        for (auto const& entry : parsed->entries)
            BOOST_TEST(
                (entry == host_entry{"a.example.com", "10.0.0.1"} ||
                 entry == host_entry{"b.example.com", "10.0.0.2"}),
                size
            );
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hosts_config_test
