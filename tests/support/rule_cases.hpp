// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>

#include <string>
#include <utility>
#include <vector>

// A table of valid and invalid ImagePullSecrets. Unit tests check `validate` with this table, and an
// integration test checks the CRD in a real API server. So `validate` and the CRD have the same rules.
namespace tcr::test
{

using namespace std::string_literals;

/// The expected decision about an object.
enum class validity
{
    good,
    bad,
    bad_beyond_crd  ///< `validate` refuses the object, but the CRD accepts it; the table has the reason
};

struct rule_case
{
    validity expected = validity::good;
    std::string spec;                ///< a JSON merge patch (RFC 7396) for a valid spec
    std::string field;               ///< the field that `validate` reports
    std::string name = "rule-case";  ///< the object's name
};

namespace detail
{

inline void merge(boost::json::object& into, boost::json::object const& patch)
{
    for (auto const& [key, value] : patch)
    {
        if (value.is_null())
            into.erase(key);
        else if (value.is_object() && into[key].is_object())
            merge(into[key].as_object(), value.as_object());
        else
            into[key] = value;
    }
}

/// A JSON object with one member: {"member": "text"}.
inline std::string member(std::string const& name, std::string const& text)
{
    return boost::json::serialize(boost::json::object{{name, text}});
}

inline std::string docker(std::string const& name, std::string const& text)
{
    return R"({"docker":)" + member(name, text) + "}";
}

inline std::string repeated(std::string const& text, std::size_t count)
{
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += text;
    return out;
}

/// A JSON array: [entry(0), entry(1), …].
template <class F>
std::string list_of(std::size_t count, F&& entry)
{
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += (i == 0 ? "" : ",") + entry(i);
    return "[" + out + "]";
}

}  // namespace detail

/// The complete object of a case.
inline boost::json::object object_of(rule_case const& each)
{
    boost::json::object spec;
    spec["docker"] = {{"server", "x.y"}, {"username", "user"}, {"password", "first.password"}};
    detail::merge(spec, boost::json::parse(each.spec).as_object());
    boost::json::object object;
    object["apiVersion"] = "tcr.tencentcloudcr.com/v1";
    object["kind"] = "ImagePullSecret";
    object["metadata"] = {{"name", each.name}};
    object["spec"] = std::move(spec);
    return object;
}

inline void add_name_cases(std::vector<rule_case>& cases)
{
    for (auto const& name : {"a"s, "a.b-c"s, "0"s, std::string(246, 'n')})
        cases.push_back({validity::good, "{}", "", name});
    for (auto const& name :
         {std::string(247, 'n'), "A"s, "a_b"s, "a."s, "a..b"s, "-a"s, "a/b"s, "a b"s, "a:b"s})
        cases.push_back({validity::bad, "{}", "metadata.name", name});
}

/// Adds cases for a list of names in one string. `field` is "namespaces" or "serviceAccounts".
inline void add_list_cases(std::vector<rule_case>& cases, std::string const& field)
{
    auto const path = "spec." + field;
    for (auto const* list :
         {"",
          "*",
          " * ",
          "\t*\n",
          "a",
          "a,b",
          " a , b ",
          "a,,b",
          ",a",
          "a,",
          " , a , ",
          "a\n,\tb\r\n",
          "0",
          "a--b",
          "a,a"})
        cases.push_back({validity::good, detail::member(field, list), ""});
    for (auto const* list :
         {"a，b", "a、b", "a；b",      "＊",    " ",   "\n",   ",",    " , ,", "*,a",  "a,*",  "*,",
          ",*",   "* *",  "**",        "dev-*", "a?",  "!a",   "a b",  "a;b",  "A",    "a,Bc", "a_b",
          "-a",   "a-",   "a,-",       "\"a\"", "'a'", "ns/a", "a/",   "[a]",  "a\fb", "a\f",  "\fa",
          "\v*",  "中",   "a\xc2\xa0", ".a",    "a.",  "a..b", "a.-b", "a-.b", "^a$"})
        cases.push_back({validity::bad, detail::member(field, list), path});
    // The maximum length is valid; one character more is invalid.
    cases.push_back({validity::good, detail::member(field, detail::repeated("ab,", 262'144 / 3) + "a"), ""});
    cases.push_back({validity::bad, detail::member(field, detail::repeated("ab,", 262'144 / 3) + "ab"), path}
    );

    // Only `validate` checks the length of a name. In the CRD, splitting the list would exceed the cost limit
    // of CEL, and the pattern of the list does not limit the length of a name.
    bool const is_accounts = field == "serviceAccounts";
    std::size_t const longest = is_accounts ? 253 : 63;
    cases.push_back({validity::good, detail::member(field, "a," + std::string(longest, 'x')), ""});
    cases.push_back(
        {validity::bad_beyond_crd, detail::member(field, "a," + std::string(longest + 1, 'x')), path}
    );
    cases.push_back(
        {is_accounts ? validity::good : validity::bad, detail::member(field, "a.b"), is_accounts ? "" : path}
    );
}

inline void add_selector_cases(std::vector<rule_case>& cases)
{
    auto labels = [&cases](validity expected, std::string const& members, std::string const& field) {
        cases.push_back({expected, R"({"namespaceSelector":{"matchLabels":)" + members + "}}", field});
    };
    std::string const path = "spec.namespaceSelector.matchLabels";
    auto label = [](std::string const& key, std::string const& value) { return detail::member(key, value); };
    for (auto const* key : {"a", "A_b.c-d", "example.com/team", "kubernetes.io/metadata.name"})
        labels(validity::good, label(key, "x"), "");
    labels(validity::good, "{}", "");
    labels(validity::good, label(std::string(63, 'k'), ""), "");
    for (auto const* key : {"", "-a", "a-", "a b", "a/b/c", "/a", "a/", "Example.com/a", "a*"})
        labels(validity::bad, label(key, "x"), path);
    labels(validity::bad, label(std::string(64, 'k'), "x"), path);
    for (auto const& value : {""s, "a"s, "A.b_c-d"s, std::string(63, 'v')})
        labels(validity::good, label("a", value), "");
    for (auto const& value : {"-"s, "a b"s, "a/b"s, "a-"s, std::string(64, 'v'), "*"s})
        labels(validity::bad, label("a", value), path + ".a");
    // A prefix has at most 253 characters. The CRD checks only the total length of the key.
    labels(validity::good, label(std::string(253, 'p') + "/" + std::string(63, 'k'), "x"), "");
    labels(validity::bad_beyond_crd, label(std::string(254, 'p') + "/k", "x"), path);
    labels(validity::bad, label(std::string(254, 'p') + "/" + std::string(63, 'k'), "x"), path);

    auto expressions = [&cases](validity expected, std::string const& list, std::string const& field) {
        cases.push_back({expected, R"({"namespaceSelector":{"matchExpressions":)" + list + "}}", field});
    };
    std::string const first = "spec.namespaceSelector.matchExpressions[0]";
    for (auto const* good :
         {R"([])",
          R"([{"key":"a","operator":"Exists"}])",
          R"([{"key":"a","operator":"DoesNotExist","values":[]}])",
          R"([{"key":"a/b","operator":"In","values":["x",""]}])",
          R"([{"key":"a","operator":"NotIn","values":["x","x"]}])"})
        expressions(validity::good, good, "");
    std::pair<char const*, char const*> const bad[] = {
        {R"({"key":"a","operator":"exists"})", ".operator"},
        {R"({"key":"a","operator":"Equals","values":["x"]})", ".operator"},
        {R"({"key":"a","operator":""})", ".operator"},
        {R"({"key":"a"})", ".operator"},
        {R"({"operator":"Exists"})", ".key"},
        {R"({"key":"","operator":"Exists"})", ".key"},
        {R"({"key":"a b","operator":"Exists"})", ".key"},
        {R"({"key":"a","operator":"In"})", ".values"},
        {R"({"key":"a","operator":"In","values":[]})", ".values"},
        {R"({"key":"a","operator":"NotIn"})", ".values"},
        {R"({"key":"a","operator":"Exists","values":["x"]})", ".values"},
        {R"({"key":"a","operator":"DoesNotExist","values":["x"]})", ".values"},
        {R"({"key":"a","operator":"In","values":["x","-"]})", ".values[1]"},
        {R"({"key":"a","operator":"In","values":["a b"]})", ".values[0]"},
    };
    for (auto const& [expression, member] : bad)
        expressions(validity::bad, "["s + expression + "]", first + member);

    auto many = [](std::size_t count, std::string const& before, std::string const& after)
    { return detail::list_of(count, [&](std::size_t i) { return before + std::to_string(i) + after; }); };
    auto const values = [&](std::size_t count)
    { return R"([{"key":"a","operator":"In","values":)" + many(count, "\"v", "\"") + "}]"; };
    expressions(validity::good, values(256), "");
    expressions(validity::bad, values(257), first + ".values");
    expressions(validity::good, many(32, R"({"operator":"Exists","key":"k)", "\"}"), "");
    expressions(
        validity::bad,
        many(33, R"({"operator":"Exists","key":"k)", "\"}"),
        "spec.namespaceSelector.matchExpressions"
    );
    auto const many_labels = [&](std::size_t count)
    {
        auto text = many(count, "\"k", "\":\"v\"");
        text.front() = '{';
        text.back() = '}';
        return text;
    };
    labels(validity::good, many_labels(32), "");
    labels(validity::bad, many_labels(33), path);
}

inline void add_references_cases(std::vector<rule_case>& cases)
{
    for (auto const* value : {"managed", "secretsOnly"})
        cases.push_back({validity::good, detail::member("references", value), ""});
    for (auto const* value : {"", "Managed", "secretsonly", "none"})
        cases.push_back({validity::bad, detail::member("references", value), "spec.references"});
}

inline void add_excluded_cases(std::vector<rule_case>& cases)
{
    auto excluded = [&cases](validity expected, std::string const& list, std::string const& member)
    {
        cases.push_back(
            {expected,
             R"({"excludedNamespaces":)" + list + "}",
             member.empty() ? "" : "spec.excludedNamespaces" + member}
        );
    };
    auto const named = [](std::string const& name)
    { return boost::json::serialize(boost::json::array{boost::json::string(name)}); };
    excluded(validity::good, "[]", "");
    excluded(validity::good, R"(["a","b-1"])", "");
    excluded(validity::good, named(std::string(63, 'x')), "");
    for (auto const& name :
         {""s, "*"s, "dev-*"s, "A"s, "a.b"s, " a"s, "a,b"s, "a-"s, "a\n"s, std::string(64, 'x')})
        excluded(validity::bad, named(name), "[0]");
    excluded(validity::bad, R"(["a","b","a"])", "[2]");
    auto const many = [](std::size_t count)
    { return detail::list_of(count, [](std::size_t i) { return "\"n" + std::to_string(i) + "\""; }); };
    excluded(validity::good, many(1024), "");
    cases.push_back({validity::bad, R"({"excludedNamespaces":)" + many(1025) + "}", "spec.excludedNamespaces"}
    );
}

inline void add_credential_sources(std::vector<rule_case>& cases)
{
    auto const reference = [](std::string const& from)
    { return R"({"docker":{"password":null,"passwordSecretRef":)" + from + "}}"; };
    for (auto const* good :
         {R"({"name":"a"})", R"({"name":"a.b-c","key":"pass.word_1-"})", R"({"name":"a","key":"..x"})"})
        cases.push_back(
            {std::string(good).find("..") == std::string::npos ? validity::good : validity::bad_beyond_crd,
             reference(good),
             "spec.docker.passwordSecretRef.key"}
        );
    for (auto const* bad : {R"({"name":""})", R"({"name":"A"})", R"({"name":"a/b"})", R"({"name":"a b"})"})
        cases.push_back({validity::bad, reference(bad), "spec.docker.passwordSecretRef.name"});
    for (auto const* bad : {R"({"name":"a","key":"a b"})", R"({"name":"a","key":"a/b"})"})
        cases.push_back({validity::bad, reference(bad), "spec.docker.passwordSecretRef.key"});
    cases.push_back(
        {validity::bad, R"({"docker":{"passwordSecretRef":{"name":"a"}}})", "spec.docker.passwordSecretRef"}
    );
    cases.push_back(
        {validity::bad,
         R"({"docker":{"username":null,"password":null,"passwordSecretRef":{"name":"a"}}})",
         "spec.docker.username"}
    );

    auto const config = [](std::string const& from, std::string const& more = {})
    {
        return R"({"docker":{"server":null,"username":null,"password":null,"configSecretRef":)" + from +
               more + "}}";
    };
    for (auto const* good : {R"({"name":"a"})", R"({"name":"a.b-c","key":"config.json"})"})
        cases.push_back({validity::good, config(good), ""});
    for (auto const* bad : {R"({"name":""})", R"({"name":"A"})", R"({"name":"a/b"})"})
        cases.push_back({validity::bad, config(bad), "spec.docker.configSecretRef.name"});
    cases.push_back({validity::bad, config(R"({"name":"a","key":"a b"})"), "spec.docker.configSecretRef.key"}
    );
    for (auto const* more :
         {R"(,"server":"x.y")",
          R"(,"username":"u")",
          R"(,"password":"p")",
          R"(,"passwordSecretRef":{"name":"a"})"})
        cases.push_back({validity::bad, config(R"({"name":"a"})", more), "spec.docker.configSecretRef"});
    cases.push_back(
        {validity::bad,
         R"({"tcr":{"registryId":"a","region":"b"},"docker":{"server":null,"username":null,"password":null,)"
         R"("configSecretRef":{"name":"a"}}})",
         "spec.docker.configSecretRef"}
    );

    auto const tcr = [](std::string const& source, std::string const& docker = {})
    { return R"({"docker":{"username":null,"password":null)" + docker + R"(},"tcr":)" + source + "}"; };
    std::string const good = R"({"registryId":"tcr-dg284imq","region":"ap-guangzhou"})";
    cases.push_back({validity::good, tcr(good), ""});
    cases.push_back({validity::good, tcr(good, R"(,"server":"x.y:5000/team")"), ""});
    cases.push_back({validity::bad, tcr(good, R"(,"server":"*.y")"), "spec.docker.server"});
    for (auto const* type : {"temp", "longterm"})
        cases.push_back(
            {validity::good,
             tcr(R"({"registryId":"tcr-dg284imq","region":"ap-guangzhou","tokenType":")" + std::string(type) +
                 "\"}"),
             ""}
        );
    cases.push_back(
        {validity::bad, tcr(R"({"registryId":"a","region":"b","tokenType":"forever"})"), "spec.tcr.tokenType"}
    );
    for (auto const* bad :
         {R"({"registryId":"","region":"b"})",
          R"({"registryId":"TCR-1","region":"b"})",
          R"({"registryId":"a/b","region":"b"})"})
        cases.push_back({validity::bad, tcr(bad), "spec.tcr.registryId"});
    for (auto const* bad : {R"({"registryId":"a","region":""})", R"({"registryId":"a","region":"a.b"})"})
        cases.push_back({validity::bad, tcr(bad), "spec.tcr.region"});
    cases.push_back(
        {validity::bad, R"({"tcr":)" + good + R"(,"docker":{"password":null}})", "spec.docker.username"}
    );
    cases.push_back(
        {validity::bad, R"({"tcr":)" + good + R"(,"docker":{"username":null}})", "spec.docker.password"}
    );
    cases.push_back(
        {validity::bad, tcr(good, R"(,"passwordSecretRef":{"name":"a"})"), "spec.docker.passwordSecretRef"}
    );
}

inline void add_docker_cases(std::vector<rule_case>& cases)
{
    std::string const path = "spec.docker.server";
    std::string const l63(63, 'l');
    auto const longest_host = l63 + "." + l63 + "." + l63 + "." + l63;
    for (auto const& server :
         {"localhost"s,
          "localhost/a"s,
          "name.tencentcloudcr.com"s,
          "10.0.0.5"s,
          "10.0.0.5:5000"s,
          "[fd00::5]:5000"s,
          "[::1]:1"s,
          "[1:2:3:4:5:6:7:8]:65535/team"s,
          "localhost:1"s,
          "registry:5000"s,
          "registry:5000/team"s,
          "a-b.c--d:65535"s,
          "x.y:65535/z"s,
          "*.y"s,
          "*.*"s,
          "**.y"s,
          "a*b.*-c.y:5000/team"s,
          "10.0.0.*"s,
          "*:5000"s,
          "x.y/z"s,
          "x.y/team-a/app_1/b.c__d"s,
          "x.y/team--a"s,
          "x.y/team-"s,
          "x.y/team."s,
          "x.y/team__"s,
          "x.y/v1a"s,
          "x.y/a/v1"s,
          "x.y/v3"s,
          "docker.io/library"s,
          "index.docker.io"s,
          "index.docker.io:443/team"s,
          longest_host + ":1",
          longest_host + ".us",
          longest_host + ".us/" + std::string(255, 'p')})
        cases.push_back({validity::good, detail::docker("server", server), ""});
    for (auto const& server :
         {""s,
          "x"s,
          "registry"s,
          "registry/team"s,
          "*"s,
          "local*"s,
          "localhosts"s,
          "https://x.y"s,
          "https://x.y/v1/"s,
          "x.y/"s,
          "x.y/z/"s,
          "x.y//z"s,
          "x.y/Z"s,
          "x.y/_z"s,
          "x.y/z/-"s,
          "x.y/a._b"s,
          "x.y/a..b"s,
          "x.y/a___b"s,
          "x.y/z*"s,
          "x.y/*"s,
          "x.y/z:1"s,
          "x.y/z@sha256:0"s,
          "x.y/z z"s,
          "x.y/%7a"s,
          "x.y/v1"s,
          "x.y/v2/z"s,
          "x.y:5000/v1/z"s,
          "index.docker.io/team"s,
          "X.y"s,
          "*.Y"s,
          "x?.y"s,
          "[a-z].y"s,
          "-*.y"s,
          "*-.y"s,
          "x.y:*"s,
          "*.y:0"s,
          " x.y"s,
          "x.y\n"s,
          "x y"s,
          "user@x.y"s,
          "x.y:"s,
          "x.y:0"s,
          "x.y:080"s,
          "x.y:65536"s,
          "x.y:70000/z"s,
          "x.y:99999"s,
          "x.y:100000"s,
          "x.y:a"s,
          "x.y:1:2"s,
          "[::1]"s,
          "[::1]/z"s,
          "[::1]:0"s,
          "[FD00::5]:5000"s,
          "[fd00::5%1]:5000"s,
          "[::ffff:10.0.0.5]:5000"s,
          "[x]:5000"s,
          "[]:5000"s,
          "[1]:5000"s,
          "[1:2]:5000"s,
          "::1"s,
          "x..y"s,
          ".x"s,
          "x."s,
          "-x.y"s,
          "x-.y"s,
          "x_z.y"s,
          "x.y,z.y"s,
          "x.y：5000"s,
          "中.cn"s,
          l63 + "l.y",
          "*" + l63 + ".y",
          ":5000"s,
          longest_host + ".usa:1",
          longest_host + ".usa:1/z",
          "x.y/" + std::string(256, 'p'),
          "//x.y"s,
          "x.y?a"s,
          "x.y#a"s})
        cases.push_back({validity::bad, detail::docker("server", server), path});
    // The CRD checks only the characters of an IPv6 address, and how many ":" it has.
    for (auto const* server : {"[12345::]:5000", "[1::2::3]:5000", "[1:2:3:4:5:6:7]:5000"})
        cases.push_back({validity::bad_beyond_crd, detail::docker("server", server), path});
    cases.push_back({validity::bad, R"({"docker":{"server":null}})", path});

    for (auto const& name :
         {"u"s, "a@b c/d\\"s, "中文"s, std::string(1024, 'u'), detail::repeated("中", 1024)})
        cases.push_back({validity::good, detail::docker("username", name), ""});
    for (auto const& name : {""s, ":"s, "u:p"s, "u\n"s, "u\tv"s, "u\x7f"s, "u\0v"s, std::string(1025, 'u')})
        cases.push_back({validity::bad, detail::docker("username", name), "spec.docker.username"});
    cases.push_back({validity::bad, R"({"docker":{"username":null}})", "spec.docker.username"});

    for (auto const& password :
         {"p"s, "p\n"s, "{}"s, "a:b\n\t\x7f \"中"s, std::string(16'384, 'p'), detail::repeated("中", 16'384)})
        cases.push_back({validity::good, detail::docker("password", password), ""});
    // The CRD has no rule for the content of a password, because the answer of the API server would repeat
    // it.
    for (auto const& password : {"\n"s, R"({"auths":{"x.y":{"auth":"dTpw"}}})"s})
        cases.push_back(
            {validity::bad_beyond_crd, detail::docker("password", password), "spec.docker.password"}
        );
    for (auto const& password : {""s, std::string(16'385, 'p')})
        cases.push_back({validity::bad, detail::docker("password", password), "spec.docker.password"});
    cases.push_back({validity::bad, R"({"docker":{"password":null}})", "spec.docker.password"});
    add_credential_sources(cases);
}

inline std::vector<rule_case> rule_cases()
{
    std::vector<rule_case> cases{{validity::good, "{}", ""}};
    add_name_cases(cases);
    add_list_cases(cases, "namespaces");
    add_list_cases(cases, "serviceAccounts");
    add_selector_cases(cases);
    add_references_cases(cases);
    add_excluded_cases(cases);
    add_docker_cases(cases);
    return cases;
}

/// A text for messages that describes the case. The middle of a long text is left out.
inline std::string shown(rule_case const& each)
{
    constexpr std::size_t longest = 160;
    auto text = each.name + " " + each.spec;
    return text.size() <= longest ? text : text.substr(0, longest) + "…";
}

}  // namespace tcr::test
