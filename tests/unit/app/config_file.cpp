// SPDX-License-Identifier: Apache-2.0
#include "config_file.hpp"

#include <tcr/kube/errc.hpp>

#include <boost/test/unit_test.hpp>

namespace config_file_test
{

using tcr::app::file_setting;
using tcr::app::nearest_name;
using tcr::app::parse_config_file;

std::vector<std::string> const keys{"log-level", "log-format", "context", "kube-api-qps", "leader-elect"};

std::vector<file_setting> read(std::string const& text)
{
    auto const parsed = parse_config_file("config /f", text, keys);
    BOOST_REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().detail));
    return *parsed;
}

std::string refusal(std::string const& text)
{
    auto const parsed = parse_config_file("config /f", text, keys);
    BOOST_REQUIRE_MESSAGE(!parsed, "'" << text << "' is accepted");
    BOOST_TEST((parsed.error().code == tcr::kube::errc::bad_config));
    return parsed.error().detail;
}

BOOST_AUTO_TEST_SUITE(config_file)

BOOST_AUTO_TEST_CASE(a_file_without_options_is_valid)
{
    for (auto const* text : {"", "\n\n", "# a comment\n", "---\n", "--- \n# nothing\n...\n", "{}\n"})
        BOOST_TEST(read(text).empty(), "'" << text << "'");
}

BOOST_AUTO_TEST_CASE(settings_keep_their_order_and_location)
{
    auto const settings = read("# mine\nlog-level: debug\n\ncontext: \"a: b\"  # quoted\n");
    BOOST_TEST_REQUIRE(settings.size() == 2u);
    BOOST_TEST(settings[0].key == "log-level");
    BOOST_TEST(settings[0].value == "debug");
    BOOST_TEST(settings[0].where == "config /f, line 2, key 'log-level'");
    BOOST_TEST(settings[1].key == "context");
    BOOST_TEST(settings[1].value == "a: b");
    BOOST_TEST(settings[1].where == "config /f, line 4, key 'context'");
}

BOOST_AUTO_TEST_CASE(a_value_is_the_text_as_written)
{
    std::pair<char const*, char const*> const cases[] = {
        {"context: 010", "010"},
        {"context: 1e3", "1e3"},
        {"context: yes", "yes"},
        {"context: ''", ""},
        {"context: 'null'", "null"},
        {"context: :8080", ":8080"},
        {"{context: x}", "x"},
        {"context: >-\n  two\n  lines\n", "two lines"},
        {"\xef\xbb\xbf"
         "context: bom",
         "bom"},
        {"context: crlf\r\n", "crlf"},
    };
    for (auto const& [text, value] : cases)
        BOOST_TEST(read(text).at(0).value == value, text);
}

BOOST_AUTO_TEST_CASE(aliases_and_merges_are_resolved)
{
    BOOST_TEST(read("context: &it debug\nlog-level: *it\n").at(1).value == "debug");
    BOOST_TEST(read("<<: {log-level: debug}").at(0).value == "debug");
}

BOOST_AUTO_TEST_CASE(an_invalid_file_is_refused_with_its_location)
{
    std::pair<char const*, char const*> const cases[] = {
        {"log-levl: debug", "line 1, key 'log-levl': unknown option; did you mean 'log-level'?"},
        {"\n--log-level: debug", "line 2, key '--log-level': unknown option; did you mean 'log-level'?"},
        {"instances: []", "line 1, key 'instances': unknown option; remove it, or see the names in --help"},
        {"'': debug", "line 1, key '': unknown option"},
        {"context: a\nlog-level: info\ncontext: a\n",
         "line 3, key 'context': is given more than once; keep one"},
        {"log-level: [debug]", "line 1, key 'log-level': is a list; write one value there"},
        {"log-level:\n- debug\n", "line 1, key 'log-level': is a list; write one value there"},
        {"context: a\nlog-level:\n  debug: true\n",
         "line 2, key 'log-level': is a mapping; write one value there"},
        {"log-level:\n", "line 1, key 'log-level': has no value; write one, or remove the line"},
        {"log-level: ~\n", "line 1, key 'log-level': has no value"},
        {"log-level: null\n", "line 1, key 'log-level': has no value"},
        {"[a]: b", "line 1: a key is not a text; write lines like 'log-level: debug'"},
        {"log-level", "line 1: is not a mapping; write lines like 'log-level: debug'"},
        {"- log-level: debug\n", "line 1: is not a mapping"},
        {"context: a\n---\nlog-level: debug\n", "line 2: a second document; remove the line '---' there"},
        {",\n", "line 1: is not YAML: no value begins with this character"},
        {"%\n", "line 1: is not YAML: no document begins there"},
        {"context: a\n,\n", "line 2: is not YAML: "},
        {"context: [a\n", "is not YAML: "},
        {"context: a\n\tlog-level: debug\n", "is not YAML: "},
        {"context: *nothing\n", "line 1: is not YAML: "},
    };
    for (auto const& [text, part] : cases)
    {
        auto const why = refusal(text);
        BOOST_TEST(why.starts_with("config /f"), why);
        BOOST_TEST(why.find(part) != std::string::npos, why);
    }
}

BOOST_AUTO_TEST_CASE(the_first_mistake_is_reported)
{
    BOOST_TEST(refusal("one: 1\ntwo: 2\n").find("line 1, key 'one'") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_message_shows_only_the_beginning_of_a_key)
{
    auto const why = refusal("\"token: secret\": x\n");
    BOOST_TEST(why.find("key 'token'") != std::string::npos, why);
    BOOST_TEST(why.find("secret") == std::string::npos, why);
    // The key is a named object, because GCC 12 reports a false warning for a long temporary plus a text.
    std::string long_key(500, 'k');
    long_key += ": x\n";
    BOOST_TEST(refusal(long_key).size() < 300u);
    BOOST_TEST(refusal("\"a\\nb\": x\n").find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused)
{
    refusal(std::string(100'000, '['));
    refusal("context: " + std::string(100'000, '{'));
}

BOOST_AUTO_TEST_CASE(a_mistyped_name_finds_the_nearest)
{
    std::pair<char const*, char const*> const cases[] = {
        {"log-level", "log-level"},
        {"logLevel", "log-level"},
        {"log_level", "log-level"},
        {"LOG-LEVEL", "log-level"},
        {"loglevels", "log-level"},
        {"log-fromat", "log-format"},
        {"kube-api-pqs", "kube-api-qps"},
        {"contxt", "context"},
        {"leader-election", ""},
        {"apiVersion", ""},
        {"kind", ""},
        {"", ""},
    };
    for (auto const& [mistyped, meant] : cases)
        BOOST_TEST(nearest_name(mistyped, keys) == meant, mistyped);
    BOOST_TEST(nearest_name("log-level", {}) == "");
    BOOST_TEST(nearest_name("zy", std::vector<std::string>{"xy"}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace config_file_test
