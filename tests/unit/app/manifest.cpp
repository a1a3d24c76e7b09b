// SPDX-License-Identifier: Apache-2.0

#include "manifest.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace manifest_test
{

using tcr::app::manifest;
using tcr::app::read_manifest;
using strings = std::vector<std::string>;

std::string const head = "apiVersion: tcr.tencentcloudcr.com/v1\nkind: ImagePullSecret\n";  // lines 1 and 2
std::string const meta = "metadata: {name: a}\n";                                           // line 3
std::string const docker = "docker: {server: x.y, username: u, password: p}";

/// All diagnostics as "LINE field: message". Diagnostics about the file come first.
strings diagnostics(manifest const& content)
{
    strings all;
    auto add = [&](auto const& list)
    {
        for (auto const& each : list)
            all.push_back(
                std::to_string(each.line) + (each.is_warning ? " (warning) " : " ") + each.what.field + ": " +
                each.what.message
            );
    };
    add(content.diagnostics);
    for (auto const& object : content.objects)
        add(object.diagnostics);
    return all;
}

/// The diagnostic about a text that causes at most one diagnostic; empty if there is none.
std::string diagnostic(std::string const& text)
{
    auto const all = diagnostics(read_manifest(text));
    BOOST_TEST(all.size() <= 1u, text << " => " << (all.size() > 1 ? all[0] + " | " + all[1] : ""));
    return all.empty() ? "" : all.front();
}

/// The diagnostic about an object whose spec has these `members`, all on line 4.
std::string spec_diagnostic(std::string const& members)
{
    return diagnostic(head + meta + "spec: {" + members + "}\n");
}

tcr::controller::image_pull_secret read(std::string const& text)
{
    auto const content = read_manifest(text);
    for (auto const& each : diagnostics(content))
        BOOST_TEST_ERROR(each);
    BOOST_TEST_REQUIRE(content.objects.size() == 1u);
    return content.objects.front().cr;
}

BOOST_AUTO_TEST_SUITE(manifests)

BOOST_AUTO_TEST_CASE(every_field_of_an_object_is_read)
{
    using op = tcr::controller::label_selector::op;
    auto const cr = read(head + R"(
metadata:
  name: team
  labels: {app: x}
  annotations: {note: "1"}
  creationTimestamp: null
spec:
  namespaces: "a, b"
  serviceAccounts: "*"
  namespaceSelector:
    matchLabels: {team: dev}
    matchExpressions:
    - {key: k, operator: NotIn, values: [x, z]}
    - {key: l, operator: Exists}
  excludedNamespaces: [c]
  docker:
    server: x.y
    username: "100012345678"
    password: p
status:
  secretsDesired: 1
)");
    BOOST_TEST(cr.name == "team");
    BOOST_TEST(cr.spec.namespaces == "a, b");
    BOOST_TEST(cr.spec.service_accounts == "*");
    tcr::controller::label_selector selector;
    selector.requirements = {
        {"team", op::in, {"dev"}, true}, {"k", op::not_in, {"x", "z"}}, {"l", op::exists, {}}};
    BOOST_TEST((cr.spec.namespace_selector == selector));
    BOOST_TEST(cr.spec.excluded_namespaces == strings{"c"}, boost::test_tools::per_element());
    BOOST_TEST(cr.spec.server == "x.y");
    BOOST_TEST(cr.spec.username == "100012345678");
    BOOST_TEST(cr.spec.password == "p");
    BOOST_TEST(!cr.has_status);
}

BOOST_AUTO_TEST_CASE(unquoted_words_have_the_types_of_kubectl)
{
    for (auto const* text : {"yEs",           "_1",    ".",   "e3",  "1e",      ".5_",     "2001-12-14",
                             "1:30",          "=",     "0xg", "0x",  "1.2.3",   "+",       "-",
                             "1-2",           "0b2",   "0o8", "'1'", "\"yes\"", "!!str 1", "nope",
                             "tcr.jwt.token", ".info", "+.x", "1__a"})
        BOOST_TEST(
            spec_diagnostic("docker: {server: x.y, username: u, password: " + std::string(text) + "}") == "",
            text
        );
    for (auto const* number : {"1",      "-1",    "+1",       "010",  "08",
                               "0o17",   "0x1F",  "0X1f",     "0b11", "0B1",
                               "-0b1",   "1_000", "1e3",      ".5",   "1.",
                               "-.5e+3", ".inf",  "-.INF",    ".NaN", "100012345678901234567890",
                               "1_0.5",  "+0x1",  "!!int '1'"})
        BOOST_TEST(
            spec_diagnostic("docker: {server: x.y, username: u, password: " + std::string(number) + "}") ==
                "4 spec.docker.password: is a number; put it in quotes",
            number
        );
    for (auto const* boolean :
         {"y", "Y", "yes", "Yes", "YES", "on",  "On",  "ON",  "true",  "True",  "TRUE",
          "n", "N", "no",  "No",  "NO",  "off", "Off", "OFF", "false", "False", "FALSE"})
        BOOST_TEST(
            spec_diagnostic("docker: {server: x.y, username: " + std::string(boolean) + ", password: p}")
                .starts_with("4 spec.docker.username: is a boolean"),
            boolean
        );
    for (auto const* nothing : {"", "~", "null", "Null", "NULL"})
        BOOST_TEST(
            spec_diagnostic(
                "docker: {server: x.y, username: u, passwordSecretRef: {name: " + std::string(nothing) + "}}"
            ) == "4 spec.docker.passwordSecretRef.name: must be given",
            nothing
        );
}

BOOST_AUTO_TEST_CASE(a_credential_may_come_from_a_secret_or_from_tcr)
{
    BOOST_TEST(spec_diagnostic("docker: {server: x.y, username: u, passwordSecretRef: {name: s}}") == "");
    BOOST_TEST(
        spec_diagnostic("docker: {server: x.y}, tcr: {registryId: a, region: b, tokenType: temp}") == ""
    );
    BOOST_TEST(spec_diagnostic("docker: {configSecretRef: {name: s}}") == "");
    BOOST_TEST(
        spec_diagnostic("docker: {configSecretRef: {}}") ==
        "4 spec.docker.configSecretRef.name: must be given"
    );
    BOOST_TEST(
        spec_diagnostic("docker: {server: x.y, username: u, passwordSecretRef: {key: k}}") ==
        "4 spec.docker.passwordSecretRef.name: must be given"
    );
    BOOST_TEST(
        spec_diagnostic("docker: {server: x.y}, tcr: {registryId: a}") == "4 spec.tcr.region: must be given"
    );
}

BOOST_AUTO_TEST_CASE(optional_fields_may_be_null)
{
    BOOST_TEST(
        spec_diagnostic(
            "namespaces: , serviceAccounts: ~, namespaceSelector: null, excludedNamespaces: , " + docker
        ) == ""
    );
    BOOST_TEST(
        spec_diagnostic("namespaceSelector: {matchLabels: {team: }}, " + docker) ==
        "4 (warning) spec.namespaceSelector.matchLabels.team: has no value, so Kubernetes drops it; "
        "write "
        "\"\" for the empty value"
    );
}

BOOST_AUTO_TEST_CASE(field_names_and_types_are_strict)
{
    std::pair<char const*, char const*> const cases[] = {
        {"namespace: a", "spec.namespace: unknown field; did you mean \"namespaces\"?"},
        {"Namespaces: a", "spec.Namespaces: unknown field; did you mean \"namespaces\"?"},
        {"foo: a",
         "spec.foo: unknown field; the known ones are namespaces, serviceAccounts, references, "
         "namespaceSelector, excludedNamespaces, docker"},
        {"1: a", "spec.1: unknown field"},
        {"[a]: a", "spec.: unknown field"},
        {"namespaces: [a, b]",
         "spec.namespaces: is a list; write the names in one text, separated by commas"},
        {"namespaces: {a: b}", "spec.namespaces: is a mapping; write a text"},
        {"excludedNamespaces: a",
         "spec.excludedNamespaces: must be a list, each entry in a line that begins with \"- \""},
        {"excludedNamespaces: [a, 1]", "spec.excludedNamespaces[1]: is a number; put it in quotes"},
        {"excludedNamespaces: [no]", "spec.excludedNamespaces[0]: is a boolean"},
        {"excludedNamespaces: [~]", "spec.excludedNamespaces[0]: has no value"},
        {"namespaceSelector: a", "spec.namespaceSelector: must be a mapping"},
        {"namespaceSelector: {matchLabels: [a]}", "spec.namespaceSelector.matchLabels: must be a mapping"},
        {"namespaceSelector: {matchLabels: {a: yes}}", "spec.namespaceSelector.matchLabels.a: is a boolean"},
        {"namespaceSelector: {matchLabels: {a: b, a: c}}",
         "spec.namespaceSelector.matchLabels.a: is given more than once; keep one"},
        {"namespaceSelector: {matchExpressions: {key: a}}",
         "spec.namespaceSelector.matchExpressions: must be a list"},
        {"namespaceSelector: {matchExpressions: [a]}",
         "spec.namespaceSelector.matchExpressions[0]: must be a mapping"},
        {"namespaceSelector: {matchExpressions: [{key: a}]}",
         "spec.namespaceSelector.matchExpressions[0].operator: must be given"},
        {"namespaceSelector: {matchExpressions: [{key: a, operator: In, value: [x]}]}",
         "spec.namespaceSelector.matchExpressions[0].value: unknown field; did you mean "
         "\"values\"?"},
        {"namespaces: a, namespaces: b", "spec.namespaces: is given more than once; keep one"},
    };
    for (auto const& [member, text] : cases)
    {
        auto const actual = spec_diagnostic(std::string(member) + ", " + docker);
        BOOST_TEST(actual.starts_with("4 " + std::string(text)), member << " => " << actual);
    }
    BOOST_TEST(spec_diagnostic("") == "4 spec.docker: must be given");
    BOOST_TEST(spec_diagnostic("docker: ") == "4 spec.docker: must be given");
    BOOST_TEST(spec_diagnostic("docker: x").starts_with("4 spec.docker: must be a mapping"));
    BOOST_TEST(diagnostic(head + meta) == "1 spec: must be given");
    BOOST_TEST(diagnostic(head + meta + "spec:\n") == "4 spec: must be given");
    BOOST_TEST(diagnostic(head + "spec: {" + docker + "}\n") == "1 metadata: must be given");
    BOOST_TEST(
        diagnostic(head + meta + "spec: {" + docker + "}\nstat: {}\n").starts_with("5 stat: unknown field")
    );
    BOOST_TEST(
        diagnostic(head + "metadata: {name: a, label: {}}\nspec: {" + docker + "}\n") ==
        "3 metadata.label: unknown field; did you mean \"labels\"?"
    );
    BOOST_TEST(
        diagnostic(head + "metadata: {name: a, annotations: {n: 1}}\nspec: {" + docker + "}\n") ==
        "3 metadata.annotations.n: is a number; put it in quotes"
    );
    BOOST_TEST(diagnostic(head + "metadata: {name: a, labels: {a b: c}}\nspec: {" + docker + "}\n")
                   .starts_with("3 metadata.labels.a: is not a label"));
    BOOST_TEST(
        diagnostic(head + "metadata: {name: 1}\nspec: {" + docker + "}\n") ==
        "3 metadata.name: is a number; put it in quotes"
    );
}

BOOST_AUTO_TEST_CASE(an_entry_of_a_wrong_type_does_not_renumber_later_ones)
{
    auto const content = read_manifest(head + meta + "spec: {excludedNamespaces: [1, b], " + docker + "}\n");
    BOOST_TEST(diagnostics(content).size() == 1u);
    BOOST_TEST(
        content.objects.at(0).cr.spec.excluded_namespaces == (strings{"", "b"}),
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(a_value_that_became_a_key_is_not_shown)
{
    for (auto const* member : {"docker: {password:hunter22}", "docker: {\"password hunter22\": x}"})
    {
        auto const all = diagnostics(read_manifest(head + meta + "spec: {" + member + "}\n"));
        BOOST_TEST(!all.empty());
        for (auto const& each : all)
            BOOST_TEST(each.find("hunter22") == std::string::npos, each);
    }
}

BOOST_AUTO_TEST_CASE(every_field_has_its_line)
{
    auto const content = read_manifest("# comment\n---\n" + head + R"(metadata:
  name: team
spec:
  docker:
    server: x.y
    username: u
    password: >-
      p
  excludedNamespaces:
  - a
  - b
)");
    BOOST_TEST_REQUIRE(content.objects.size() == 1u);
    auto const& object = content.objects.front();
    BOOST_TEST(object.line == 3u);
    std::pair<char const*, std::size_t> const cases[] = {
        {"metadata.name", 6},
        {"spec", 7},
        {"spec.docker.server", 9},
        {"spec.docker.password", 11},
        {"spec.excludedNamespaces", 13},
        {"spec.excludedNamespaces[1]", 15},
        {"spec.excludedNamespaces[7]", 13},
        {"spec.namespaces", 7},
        {"spec.docker.x[1].y", 8},
        {"nothing", 3},
        {"", 3},
    };
    for (auto const& [field, line] : cases)
        BOOST_TEST(object.line_of(field) == line, field);
}

BOOST_AUTO_TEST_CASE(documents_lists_and_json_are_read)
{
    std::string const json =
        R"({"apiVersion":"tcr.tencentcloudcr.com/v1","kind":"ImagePullSecret","metadata":{"name":"j"},)"
        R"("spec":{"docker":{"server":"x.y","username":"\u4e2d\ud83d\ude00",)"
        R"("password":"\\ud83d\\ude00\/\""}}})";
    auto const cr = read(json);
    BOOST_TEST(cr.spec.username == "中😀");
    BOOST_TEST(cr.spec.password == "\\ud83d\\ude00/\"");
    BOOST_TEST(read("\xef\xbb\xbf" + json).name == "j");
    BOOST_TEST(
        read(
            "{\n\t\"kind\": \"ImagePullSecret\"," + json.substr(1, json.find(",\"kind\"") - 1) +
            json.substr(json.find(",\"metadata\""))
        )
            .name == "j"
    );
    BOOST_TEST(read_manifest(json + "\n" + json).objects.size() == 2u);

    std::string const item =
        "- apiVersion: tcr.tencentcloudcr.com/v1\n  kind: ImagePullSecret\n  metadata: {name: a}\n  spec: {" +
        docker + "}\n";
    std::string const other = "- {apiVersion: v1, kind: Secret}\n";
    for (auto const* list :
         {"apiVersion: v1\nkind: List\nitems:\n",
          "apiVersion: tcr.tencentcloudcr.com/v1\nkind: ImagePullSecretList\nitems:\n"})
    {
        auto const content = read_manifest(list + item + other + item);
        BOOST_TEST(diagnostics(content).empty());
        BOOST_TEST(content.objects.size() == 2u);
        BOOST_TEST(content.others == 1u);
        BOOST_TEST(content.objects.back().line_of("spec") == 12u);
    }
    BOOST_TEST(read_manifest("apiVersion: v1\nkind: List\n").objects.empty());
    auto crlf = head + meta + "spec: {" + docker + "}\n";
    for (std::size_t at = 0; (at = crlf.find('\n', at)) != std::string::npos; at += 2)
        crlf.insert(at, "\r");
    BOOST_TEST(read(crlf).spec.server == "x.y");
}

BOOST_AUTO_TEST_CASE(aliases_and_merges_are_resolved)
{
    auto const cr = read(
        head +
        "metadata: {name: &n a}\nspec:\n  namespaces: *n\n  docker:\n    <<: {server: s, username: u}\n    "
        "server: x.y\n    password: p\n"
    );
    BOOST_TEST(cr.spec.namespaces == "a");
    BOOST_TEST(cr.spec.server == "x.y");
    BOOST_TEST(cr.spec.username == "u");
}

BOOST_AUTO_TEST_CASE(other_objects_are_counted_and_misspelt_ones_refused)
{
    BOOST_TEST(
        read_manifest("apiVersion: v1\nkind: Secret\n---\n\n---\n{apiVersion: apps/v1, kind: Deployment}\n")
            .others == 2u
    );
    std::pair<char const*, char const*> const cases[] = {
        {"apiVersion: tcr.tencentcloudcr.com/v1beta1\nkind: ImagePullSecret\n",
         "1 apiVersion: must be \"tcr.tencentcloudcr.com/v1\""},
        {"kind: ImagePullSecrets\napiVersion: tcr.tencentcloudcr.com/v1\n",
         "1 kind: must be \"ImagePullSecret\""},
        {"kind: Other\napiVersion: tcr.tencentcloudcr.com/v1\n", "1 kind: must be \"ImagePullSecret\""},
        {"apiVersion: tcr.tencentcloud.com/v1\nkind: ImagePullSecret\n",
         "1 apiVersion: must be \"tcr.tencentcloudcr.com/v1\" for an ImagePullSecret"},
        {"apiVersion: v1\nkind: imagePullSecret\n",
         "1 apiVersion: must be \"tcr.tencentcloudcr.com/v1\" for an ImagePullSecret"},
        {"kind: ImagePullSecret\n", "1 apiVersion: must be given"},
        {"apiVersion: tcr.tencentcloudcr.com/v1\n", "1 kind: must be given"},
        {"a: b\n", "1 apiVersion: must be given"},
        {"- a\n", "1 : is not a Kubernetes object"},
        {"text\n", "1 : is not a Kubernetes object"},
        {"apiVersion: v1\nkind: List\nitems: a\n", "3 items: must be a list"},
    };
    for (auto const& [text, expected] : cases)
        BOOST_TEST(diagnostic(text).starts_with(expected), text << " => " << diagnostic(text));
    for (auto const* nothing : {"", "\n", "---\n", "# comment\n", "---\n---\n...\n", "null\n"})
    {
        BOOST_TEST(diagnostic(nothing) == "");
        BOOST_TEST(read_manifest(nothing).objects.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_generated_name_is_valid)
{
    auto const content = read_manifest(head + "metadata: {generateName: a-}\nspec: {" + docker + "}\n");
    BOOST_TEST(diagnostics(content).empty());
    BOOST_TEST(content.objects.at(0).has_generated_name);
    BOOST_TEST(tcr::controller::validate(content.objects.at(0).cr).empty());
}

BOOST_AUTO_TEST_CASE(objects_before_broken_yaml_are_read)
{
    auto const content = read_manifest(head + meta + "spec: {" + docker + "}\n---\na: [b\n");
    BOOST_TEST(content.objects.size() == 1u);
    BOOST_TEST_REQUIRE(content.diagnostics.size() == 1u);
    BOOST_TEST(content.diagnostics[0].line >= 6u);
    BOOST_TEST(content.diagnostics[0].what.message.starts_with("is not YAML: "));
}

std::string times(std::size_t count, std::string const& piece)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += piece;
    return text;
}

BOOST_AUTO_TEST_CASE(hostile_text_is_refused)
{
    std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 20; ++i)
    {
        auto const before = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before +
                times(8, "," + before) + "]\n";
    }
    std::string const merges =
        "a: &a {" + times(200, "? [] : v, ") + "b: c}\n" + times(20'000, "- {<<: *a}\n");
    std::string big_alias = "apiVersion: v1\nkind: List\nx: &x " + std::string(200'000, 'x') + "\nitems:\n";
    big_alias += times(
        1000, "- {apiVersion: tcr.tencentcloudcr.com/v1, kind: ImagePullSecret, spec: {namespaces: *x}}\n"
    );
    std::string const cases[] = {
        times(100'000, "["),
        times(100'000, "{a: "),
        times(100'000, "- "),
        times(100'000, "? "),
        bomb,
        merges,
        big_alias,
        "a: &a [*a]\n",
        "a: &a {b: *a}\n",
        "a: *b\n",
        "*a\n",
        times(1000, "&a "),
        std::string("a\0b", 3),
        "a: \x01\n",
        "\xff\xfe"
        "a",
        "a: \xc3\n",
        "a: \xed\xa0\n",
        "\xf5\x80\x80\x80",
        "\x7f",
        "a: b\n\tc: d\n",
        "a:\n\t- b\n",
        times(400'000, "- a\n"),
        "\"\\ud83d\"",
        "{\"a\": \"\\ud83d\\u0041\"}",
        "{\"a\": \"\\ud83d",

        "%YAML x\n---\n",
        "!<",
        "a: b: c\n",
        "\"",
        "'",
        "[a",
        "{a",
        "}",
        "]",
        "@a",
        "`a",
        "a: |\n  x\n y\n",
        "{a: b}}",
        "? a\n? b\n:",
        "--- --- ---",
        "!!a !!b c",
    };
    for (auto const& text : cases)
    {
        auto const content = read_manifest(text);
        auto const all = diagnostics(content);
        BOOST_TEST(!all.empty(), text.substr(0, 40));
        for (auto const& each : all)
            BOOST_TEST(each.size() < 400u, each);
    }
}

BOOST_AUTO_TEST_CASE(a_truncated_or_changed_text_is_read_or_refused)
{
    auto const whole = head +
                       "metadata:\n  name: &n a\nspec:\n  namespaces: *n\n  docker: {server: 'x.y', "
                       "username: \"u\\u4e2d\", password: |\n p}\n";
    for (std::size_t size = 0; size <= whole.size(); ++size)
        read_manifest(whole.substr(0, size));
    for (std::size_t at = 0; at < whole.size(); ++at)
        for (char c : {'\0', '\n', '"', '{', ':', '-', '&', '*', '!', '\xff'})
        {
            auto other = whole;
            other[at] = c;
            read_manifest(other);
        }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace manifest_test
