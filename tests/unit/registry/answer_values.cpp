// SPDX-License-Identifier: Apache-2.0
#include "answer_values.hpp"

#include <tcr/registry/errc.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace answer_values_test
{

namespace json = boost::json;
using namespace tcr::registry;
using std::chrono::system_clock;

json::object object(std::string_view text)
{
    return json::parse({text.data(), text.size()}).as_object();
}

system_clock::time_point ms(std::int64_t since)
{
    return system_clock::time_point(std::chrono::milliseconds(since));
}

BOOST_AUTO_TEST_SUITE(answer_values)

BOOST_AUTO_TEST_CASE(numbers_and_strings_are_interchangeable)
{
    auto const from = object(
        R"({"a": 12, "b": "12", "c": 100012345678, "d": 1.5, "e": "x", "f": null, "g": true, "h": [], "i": "",
            "j": -3, "k": "-3", "l": 1.735880997750e12, "m": 18446744073709551615,
            "n": "99999999999999999999"})"
    );
    BOOST_TEST(number_in(from, "a").value() == 12);
    BOOST_TEST(number_in(from, "b").value() == 12);
    BOOST_TEST(number_in(from, "j").value() == -3);
    BOOST_TEST(number_in(from, "k").value() == -3);
    BOOST_TEST(number_in(from, "l").value() == 1'735'880'997'750);
    for (char const* key : {"d", "e", "f", "g", "h", "i", "m", "n", "none"})
        BOOST_TEST(!number_in(from, key).has_value());

    BOOST_TEST(text_in(from, "a").value() == "12");
    BOOST_TEST(text_in(from, "c").value() == "100012345678");
    BOOST_TEST(text_in(from, "e").value() == "x");
    BOOST_TEST(text_in(from, "i").value() == "");
    BOOST_TEST(text_in(from, "m").value() == "18446744073709551615");
    for (char const* key : {"d", "f", "g", "h", "none"})
        BOOST_TEST(!text_in(from, key).has_value());
}

BOOST_AUTO_TEST_CASE(a_flag_is_read_in_any_form)
{
    auto const from = object(
        R"({"a": true, "b": "true", "c": 1, "d": "1", "e": false, "f": "False", "g": 0, "h": "x", "i": null,)"
        R"( "j": 2})"
    );
    for (char const* key : {"a", "b", "c", "d"})
        BOOST_TEST(flag_in(from, key).value());
    for (char const* key : {"e", "f", "g"})
        BOOST_TEST(!flag_in(from, key).value());
    for (char const* key : {"h", "i", "j", "none"})
        BOOST_TEST(!flag_in(from, key).has_value());
}

BOOST_AUTO_TEST_CASE(a_time_is_in_milliseconds_or_seconds_by_its_size)
{
    auto const from = object(
        R"({"a": 1735880997750, "b": "1735880997750", "c": 1735880997, "d": 0, "e": -1, "f": 99999999999,
            "g": 100000000000, "h": 9223372036854775807, "i": "soon"})"
    );
    BOOST_TEST((time_in(from, "a") == ms(1735880997750)));
    BOOST_TEST((time_in(from, "b") == ms(1735880997750)));
    BOOST_TEST((time_in(from, "c") == ms(1735880997000)));
    BOOST_TEST((time_in(from, "g") == ms(100000000000)));
    BOOST_TEST((time_in(from, "f") == system_clock::time_point::max()));
    BOOST_TEST((time_in(from, "h") == system_clock::time_point::max()));
    for (char const* key : {"d", "e", "i", "none"})
        BOOST_TEST(!time_in(from, key).has_value());
}

BOOST_AUTO_TEST_CASE(a_token_is_read_as_documented_and_as_in_the_samples)
{
    auto const documented = parse_token(object(
        R"({"Username": "100012345678", "Token": "a.b.c", "ExpTime": 1735880997750, "RequestId": "x"})"
    ));
    BOOST_TEST_REQUIRE(documented.has_value());
    BOOST_TEST(documented->username == "100012345678");
    BOOST_TEST(documented->password == "a.b.c");
    BOOST_TEST(documented->token_id.empty());
    BOOST_TEST((documented->expires_at == ms(1735880997750)));

    auto const sample =
        parse_token(object(R"({"Username": 12345678, "Token": "t", "ExpTime": "33987631", "TokenId": "id"})")
        );
    BOOST_TEST_REQUIRE(sample.has_value());
    BOOST_TEST(sample->username == "12345678");
    BOOST_TEST(sample->token_id == "id");
    BOOST_TEST((sample->expires_at == ms(33987631000)));
}

BOOST_AUTO_TEST_CASE(a_long_term_token_may_have_no_expiry)
{
    auto const token =
        parse_token(object(R"({"Username": "u", "Token": "t", "TokenId": "id", "ExpTime": 0})"));
    BOOST_TEST_REQUIRE(token.has_value());
    BOOST_TEST((token->expires_at == system_clock::time_point::max()));
}

BOOST_AUTO_TEST_CASE(an_unusable_token_is_refused_and_not_quoted)
{
    for (std::string_view text :
         {R"({})",
          R"({"Username": "u", "ExpTime": 1735880997750})",
          R"({"Username": "u", "Token": "", "ExpTime": 1735880997750})",
          R"({"Username": "u", "Token": null, "ExpTime": 1735880997750})",
          R"({"Username": "u", "Token": {"x": 1}, "ExpTime": 1735880997750})",
          R"({"Username": "u", "Token": "hunter2\n", "ExpTime": 1735880997750})",
          R"({"Username": "u", "Token": "hunter2", "ExpTime": null})",
          R"({"Username": "u", "Token": "hunter2", "ExpTime": "tomorrow"})",
          R"({"Token": "hunter2", "ExpTime": 1735880997750})",
          R"({"Username": "", "Token": "hunter2", "ExpTime": 1735880997750})",
          R"({"Username": "a:b", "Token": "hunter2", "ExpTime": 1735880997750})",
          R"({"Username": "a b", "Token": "hunter2", "ExpTime": 1735880997750})"})
    {
        auto const token = parse_token(object(text));
        BOOST_TEST_REQUIRE(token.has_error());
        BOOST_TEST((token.error().code == errc::bad_answer));
        BOOST_TEST(token.error().message().find("the answer has no ") == 0u);
        BOOST_TEST(token.error().message().find("hunter2") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(an_instance_is_found_by_its_id)
{
    auto const response = object(
        R"({"TotalCount": 2, "Registries": [{"RegistryId": "tcr-other", "RegistryName": "other"},
            {"RegistryId": "tcr-dg284imq", "RegistryName": "demo", "PublicDomain": "Demo.tencentcloudcr.com",
             "Status": "Running"}]})"
    );
    auto const facts = parse_instance(response, "tcr-dg284imq");
    BOOST_TEST_REQUIRE(facts.has_value());
    BOOST_TEST(facts->name == "demo");
    BOOST_TEST(facts->public_domain == "demo.tencentcloudcr.com");
    BOOST_TEST(facts->status == "Running");
    BOOST_TEST((parse_instance(response, "tcr-none").error().code == errc::not_found));
    BOOST_TEST((parse_instance(object(R"({"Registries": null})"), "x").error().code == errc::not_found));
    BOOST_TEST((parse_instance(object("{}"), "x").error().code == errc::not_found));
    BOOST_TEST((parse_instance(object(R"({"Registries": 1})"), "x").error().code == errc::bad_answer));
    BOOST_TEST((parse_instance(object(R"({"Registries": [1]})"), "x").error().code == errc::bad_answer));
}

BOOST_AUTO_TEST_CASE(lists_are_read_and_null_is_empty)
{
    auto const domains = parse_domains(object(
        R"({"TotalCount": "3", "DomainInfoList": [{"DomainName": "Hub.example.com", "Status": "SUCCESS"}]})"
    ));
    BOOST_TEST_REQUIRE(domains.has_value());
    BOOST_TEST(domains->total.value() == 3u);
    BOOST_TEST_REQUIRE(domains->items.size() == 1u);
    BOOST_TEST(domains->items[0].name == "hub.example.com");
    BOOST_TEST(domains->items[0].status == "SUCCESS");

    auto const tokens = parse_tokens(object(
        R"({"Tokens": [{"Id": "t1", "Desc": "d", "Enabled": "true", "ExpiredAt": 2051237057817}, {"Id": )"
        R"("t2"}]})"
    ));
    BOOST_TEST_REQUIRE(tokens.has_value());
    BOOST_TEST(!tokens->total.has_value());
    BOOST_TEST_REQUIRE(tokens->items.size() == 2u);
    BOOST_TEST(tokens->items[0].is_enabled);
    BOOST_TEST((tokens->items[0].expires_at == ms(2051237057817)));
    BOOST_TEST(!tokens->items[1].is_enabled);
    BOOST_TEST((tokens->items[1].expires_at == system_clock::time_point::max()));

    BOOST_TEST(parse_domains(object(R"({"DomainInfoList": null})"))->items.empty());
    BOOST_TEST(parse_tokens(object(R"({"Tokens": null, "TotalCount": 0})"))->items.empty());
    BOOST_TEST(parse_tokens(object("{}"))->items.empty());
}

BOOST_AUTO_TEST_CASE(a_malformed_list_is_refused)
{
    BOOST_TEST((parse_domains(object(R"({"DomainInfoList": {}})")).error().code == errc::bad_answer));
    BOOST_TEST((parse_domains(object(R"({"DomainInfoList": [{}]})")).error().code == errc::bad_answer));
    BOOST_TEST((parse_tokens(object(R"({"Tokens": [{"Desc": "x"}]})")).error().code == errc::bad_answer));
    BOOST_TEST((parse_tokens(object(R"({"Tokens": ["x"]})")).error().code == errc::bad_answer));
    BOOST_TEST((parse_tokens(object(R"({"Tokens": "x"})")).error().code == errc::bad_answer));
}

BOOST_AUTO_TEST_CASE(a_list_ends_at_its_total_or_with_a_page_that_is_not_full)
{
    page<token_facts> part;
    BOOST_TEST(part.is_last(100, 2));
    part.items.resize(2);
    BOOST_TEST(!part.is_last(0, 2));
    BOOST_TEST(part.is_last(0, 3));
    part.total = 4;
    BOOST_TEST(!part.is_last(0, 3));
    BOOST_TEST(!part.is_last(1, 2));
    BOOST_TEST(part.is_last(2, 2));
    // An empty page ends the list, even if the total is larger.
    part.items.clear();
    BOOST_TEST(part.is_last(0, 2));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace answer_values_test
