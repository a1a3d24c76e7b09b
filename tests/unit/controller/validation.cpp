// SPDX-License-Identifier: Apache-2.0
#include "controller/valid_object.hpp"
#include "rule_cases.hpp"
#include <tcr/controller/validation.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace validation_test
{

using namespace tcr;
using namespace tcr::controller;
using op = label_selector::op;

/// Reads an ImagePullSecret as the watch and the webhook do.
class reader final : public kube::table_reader<image_pull_secret_values>
{
public:
    reader() : table_reader(image_pull_secret_fields()) {}

    void on_object(kube::object_event, kube::object_meta const& meta) override { cr = values_.take(meta); }

    image_pull_secret cr;
};

image_pull_secret read(boost::json::object object)
{
    object["metadata"].as_object()["resourceVersion"] = "1";
    reader seen;
    kube::single_object_decoder decoder(seen, kube::object_event::modified);
    decoder.begin();
    BOOST_TEST_REQUIRE(!decoder.on_body(boost::json::serialize(object)));
    return std::move(seen.cr);
}

std::string text_of(std::vector<field_problem> const& problems)
{
    std::string text;
    for (auto const& each : problems)
        text += each.field + ": " + each.message + "\n";
    return text;
}

/// The message about an object that has exactly one problem.
std::string sentence(image_pull_secret const& cr)
{
    auto const problems = validate(cr);
    BOOST_TEST_REQUIRE(problems.size() == 1u, text_of(problems));
    return problems.front().field + ": " + problems.front().message;
}

std::string about_namespaces(std::string list)
{
    auto cr = sample();
    cr.spec.namespaces = std::move(list);
    return sentence(cr);
}

std::string about_accounts(std::string list)
{
    auto cr = sample();
    cr.spec.service_accounts = std::move(list);
    return sentence(cr);
}

BOOST_AUTO_TEST_SUITE(validation)

BOOST_AUTO_TEST_CASE(validation_agrees_with_the_table_of_the_crd)
{
    for (auto const& each : tcr::test::rule_cases())
    {
        auto const problems = validate(read(tcr::test::object_of(each)));
        bool const is_good = each.expected == tcr::test::validity::good;
        BOOST_TEST(
            problems.empty() == is_good, tcr::test::shown(each) << ": " << text_of(problems).substr(0, 300)
        );
        for (auto const& problem : problems)
        {
            BOOST_TEST(problem.field == each.field, tcr::test::shown(each));
            BOOST_TEST(problem.message.size() <= 400u, problem.message);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_message_states_what_to_write)
{
    std::pair<char const*, char const*> const namespace_cases[] = {
        {"a, dev-*",
         R"(name 2, "dev-*", is an expression; only names are allowed; write the names one by one, or use )"
         R"(namespaceSelector)"},
        {"!kube-system",
         R"(name 1, "!kube-system", is an expression; only names are allowed; list the namespaces to )"
         R"(exclude in excludedNamespaces)"},
        {"*, a", R"(name 1, "*", must stand alone: "*" means all)"},
        {"Dev", R"(name 1, "Dev", has capital letters; write "dev")"},
        {"\"dev\"", R"(name 1, ""dev"", has quotes in it; write "dev")"},
        {"a b", R"(name 1, "a b", is more than one name; separate names by commas; write "a,b")"},
        {"a;b; C", R"(name 1, "a;b; C", is more than one name; separate names by commas)"},
        {"dev，prod", R"(contains "，" (U+FF0C, full-width comma); write "dev,prod")"},
        {"dev、 prod；x", R"(contains "、" (U+3001, ideographic comma); write "dev,prod,x")"},
        {"dev,　prod", R"(contains "　" (U+3000, ideographic space); write "dev,prod")"},
        {"dev，Prod", R"(contains "，" (U+FF0C, full-width comma); names have only ASCII characters)"},
        {"＊", R"(contains "＊" (U+FF0A, full-width asterisk); write "*")"},
        {"'*'", R"(name 1, "'*'", has quotes in it; write "*")"},
        {"dev/default", R"(name 1, "dev/default", must be a namespace alone; write "dev")"},
        {"a_b",
         R"(name 1, "a_b", is not a valid name; a name has lower-case letters, digits and "-" between them)"},
        {" ", R"(contains no name; write "*" or leave it out for all namespaces)"},
    };
    for (auto const& [list, message] : namespace_cases)
        BOOST_TEST(about_namespaces(list) == "spec.namespaces: " + std::string(message));
    std::pair<char const*, char const*> const account_cases[] = {
        {"dev/default", R"(name 1, "dev/default", must be without its namespace; write "default")"},
        {"build-*",
         R"(name 1, "build-*", is an expression; only names are allowed; write the names one by one, or "*" )"
         R"(for all)"},
    };
    for (auto const& [list, message] : account_cases)
        BOOST_TEST(about_accounts(list) == "spec.serviceAccounts: " + std::string(message));
}

BOOST_AUTO_TEST_CASE(an_entry_of_excluded_namespaces_is_one_name)
{
    std::pair<char const*, char const*> const cases[] = {
        {"a,b", R"("a,b" is more than one name; write each name as an entry of its own)"},
        {"a b", R"("a b" is more than one name; write each name as an entry of its own)"},
        {" a", R"("a" has blanks around it; write "a")"},
        {"a，b",
         R"("a，b" contains "，" (U+FF0C, full-width comma); write each name as an entry of its own)"},
        {"dev–1", R"("dev–1" contains "–" (U+2013, en dash); write "dev-1")"},
        {"A、", R"("A、" contains "、" (U+3001, ideographic comma); write each name as an entry of its own)"},
    };
    for (auto const& [name, message] : cases)
    {
        auto cr = sample();
        cr.spec.excluded_namespaces = {name};
        BOOST_TEST(sentence(cr) == "spec.excludedNamespaces[0]: " + std::string(message));
    }
}

BOOST_AUTO_TEST_CASE(a_password_must_not_be_empty_or_a_whole_docker_config)
{
    auto cr = sample();
    cr.spec.password = "p\n";
    BOOST_TEST(validate(cr).empty());
    cr.spec.password = "\n";
    BOOST_TEST(sentence(cr) == "spec.docker.password: must be given, or passwordSecretRef in its place");
    cr.spec.password = R"({"auths":{"x.y":{"auth":"aHVudGVyMjI="}}})"
                       "\n";
    BOOST_TEST(
        sentence(cr) ==
        "spec.docker.password: must be a password, and not a whole dockerconfigjson; store "
        "that in a Secret and name it in docker.configSecretRef"
    );
}

BOOST_AUTO_TEST_CASE(only_the_first_problems_of_a_list_are_reported_and_long_names_are_cut)
{
    auto cr = sample();
    cr.spec.namespaces = "A,B,C,D,E";
    cr.spec.excluded_namespaces = {"A", "B", "C", "D", "E"};
    cr.spec.namespace_selector.requirements.assign(20, {"*", op::unknown, {}, false});
    auto const problems = validate(cr);
    auto count = [&](std::string_view start)
    {
        return std::count_if(
            problems.begin(), problems.end(), [&](auto const& each) { return each.field.starts_with(start); }
        );
    };
    BOOST_TEST(count("spec.namespaces") == 3);
    BOOST_TEST(count("spec.excludedNamespaces[") == 3);
    BOOST_TEST(count("spec.namespaceSelector") <= 4);
    auto const text = about_namespaces(std::string(1000, 'X') + "\n");
    BOOST_TEST(text.size() < 200u, text);
    BOOST_TEST(about_namespaces("a\x1b[31m").find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_field_is_checked)
{
    image_pull_secret cr;
    auto const problems = validate(cr);
    std::vector<std::string> fields;
    for (auto const& each : problems)
        fields.push_back(each.field);
    std::vector<std::string> const expected{
        "metadata.name", "spec.docker.server", "spec.docker.username", "spec.docker.password"};
    BOOST_TEST(fields == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(messages_contain_no_credential)
{
    for (auto const* server :
         {"https://user:hunter22@x.y/z",
          "user:hunter22@x.y",
          "user:hun/ter22@x.y",
          "hunter22/x@x.y",
          "x.y/hunter22",
          "x.y:hunter22",
          "hunter22 x.y",
          "x_hunter22"})
    {
        auto cr = sample();
        cr.spec.server = server;
        cr.spec.username = "hunter22:user";
        cr.spec.password = std::string(20'000, 'p') + "hunter22";
        auto const text = text_of(validate(cr));
        BOOST_TEST(text.find("hunter22") == std::string::npos, text);
        BOOST_TEST(text.find("ppp") == std::string::npos);
        BOOST_TEST(text.find("ter22") == std::string::npos, text);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace validation_test
