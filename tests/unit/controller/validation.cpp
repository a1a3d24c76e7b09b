#include "rule_cases.hpp"
#include <tcr/controller/validation.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace
{

using namespace tcr;
using namespace tcr::controller;
using op = label_selector::op;

/// Reads an object as the watches and the webhook do.
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

image_pull_secret sample(std::string name = "sample")
{
    image_pull_secret cr;
    cr.name = std::move(name);
    cr.spec.server = "x.y";
    cr.spec.username = "user";
    cr.spec.password = "first.password";
    return cr;
}

std::string text_of(std::vector<field_problem> const& problems)
{
    std::string text;
    for (auto const& each : problems)
        text += each.field + ": " + each.message + "\n";
    return text;
}

/// The only sentence about an object.
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

BOOST_AUTO_TEST_CASE(the_table_that_the_crd_is_held_to)
{
    for (auto const& each : tcr::test::rule_cases())
    {
        auto const problems = validate(read(tcr::test::object_of(each)));
        bool const is_good = each.expected == tcr::test::ruling::good;
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

BOOST_AUTO_TEST_CASE(a_sentence_says_what_to_write)
{
    std::pair<char const*, char const*> const namespace_cases[] = {
        {"a, dev-*",
         R"(name 2, "dev-*", is an expression, and only names are taken; write the names one by one, or use namespaceSelector)"},
        {"!kube-system",
         R"(name 1, "!kube-system", is an expression, and only names are taken; what is not to be served stands in excludedNamespaces)"},
        {"*, a", R"(name 1, "*", must stand alone: "*" means all)"},
        {"Dev", R"(name 1, "Dev", has capital letters; write "dev")"},
        {"\"dev\"", R"(name 1, ""dev"", has quotes in it; write "dev")"},
        {"a b", R"(name 1, "a b", is more than one name; separate names by commas)"},
        {"dev/default", R"(name 1, "dev/default", must be a namespace alone; write "dev")"},
        {"a_b", R"(name 1, "a_b", is no name: a name has small letters, digits and "-" between them)"},
        {" ", R"(names none; write "*" or leave it out for all namespaces)"},
    };
    for (auto const& [list, message] : namespace_cases)
        BOOST_TEST(about_namespaces(list) == "spec.namespaces: " + std::string(message));
    std::pair<char const*, char const*> const account_cases[] = {
        {"dev/default", R"(name 1, "dev/default", must be without its namespace; write "default")"},
        {"build-*",
         R"(name 1, "build-*", is an expression, and only names are taken; write the names one by one, or "*" for all)"},
    };
    for (auto const& [list, message] : account_cases)
        BOOST_TEST(about_accounts(list) == "spec.serviceAccounts: " + std::string(message));
}

BOOST_AUTO_TEST_CASE(of_a_list_the_first_few_are_told_and_long_names_are_cut)
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

BOOST_AUTO_TEST_CASE(every_field_is_looked_at)
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

BOOST_AUTO_TEST_CASE(no_credential_is_shown)
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

/// A cluster for cautions.
struct known_cluster
{
    runtime::cluster_store store;

    explicit known_cluster(std::vector<std::string> const& names)
    {
        for (auto const& name : names)
            store.put_namespace(name, "", false);
    }
};

std::vector<std::string> cautions_of(
    image_pull_secret const& cr,
    std::vector<image_pull_secret> const& others = {},
    runtime::cluster_store const* known = nullptr
)
{
    catalog crs;
    for (auto const& each : others)
        crs.put(each);
    auto found = cautions(cr, crs, known);
    // All samples have one.
    std::erase_if(found, [](auto const& each) { return each.starts_with("spec.docker.password: "); });
    return found;
}

#define CHECK_CAUTIONS(actual, ...) \
    BOOST_TEST((actual) == (std::vector<std::string> __VA_ARGS__), boost::test_tools::per_element())

BOOST_AUTO_TEST_SUITE(caution)

BOOST_AUTO_TEST_CASE(a_good_object_alone_gives_no_reason)
{
    BOOST_TEST(cautions_of(sample()).empty());
    auto cr = sample();
    cr.spec.namespaces = "a,b";
    cr.spec.excluded_namespaces = {"c"};
    BOOST_TEST(cautions_of(cr).empty());
    known_cluster const cluster({"a", "b"});
    BOOST_TEST(cautions_of(cr, {}, &cluster.store).empty());
}

BOOST_AUTO_TEST_CASE(a_password_that_people_write_there_is_warned_of)
{
    catalog const none;
    auto cr = sample();
    auto const found = cautions(cr, none, nullptr);
    BOOST_TEST_REQUIRE(found.size() == 1u);
    BOOST_TEST(found[0].starts_with("spec.docker.password: whoever may read ImagePullSecrets reads it"));
    // One that the configuration put there is as the configuration wants it.
    cr.instance = "values";
    BOOST_TEST(cautions(cr, none, nullptr).empty());
    cr = sample();
    cr.spec.password.clear();
    cr.spec.password_from.emplace().name = "a";
    BOOST_TEST(cautions(cr, none, nullptr).empty());
}

BOOST_AUTO_TEST_CASE(the_objects_former_self_is_skipped)
{
    BOOST_TEST(cautions_of(sample(), {sample()}).empty());
}

BOOST_AUTO_TEST_CASE(an_overlap_names_the_other)
{
    CHECK_CAUTIONS(
        cautions_of(sample(), {sample("other")}),
        {"spec: ImagePullSecret \"other\" has a credential for the same server in any namespace; kubelet "
         "tries both"}
    );
    auto cr = sample();
    cr.spec.namespaces = "d,c,b,a";
    cr.spec.service_accounts = "default";
    CHECK_CAUTIONS(
        cautions_of(cr, {sample("other")}),
        {"spec: ImagePullSecret \"other\" has a credential for the same server in namespaces \"a\", \"b\" "
         "and more for "
         "ServiceAccount \"default\"; kubelet tries both"}
    );
}

BOOST_AUTO_TEST_CASE(namespaces_that_do_not_exist_are_told_where_the_cluster_is_known)
{
    auto cr = sample();
    cr.spec.namespaces = "a,b";
    known_cluster const cluster({"b"});
    CHECK_CAUTIONS(
        cautions_of(cr, {}, &cluster.store), {"spec.namespaces: \"a\" does not exist; served once created"}
    );
    cr.spec.namespaces = "a,b,c,d,e";
    cr.spec.excluded_namespaces = {"e"};
    CHECK_CAUTIONS(
        cautions_of(cr, {}, &cluster.store),
        {"spec.excludedNamespaces: \"e\" is in spec.namespaces, too, and not served: the exclusion wins",
         "spec.namespaces: \"a\", \"c\" and 1 more do not exist; served once created"}
    );
    BOOST_TEST(cautions_of(cr).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_namespace_known_by_its_objects_alone_does_not_exist)
{
    runtime::cluster_store store;
    store.put_account("a", "default", 1, {});
    auto cr = sample();
    cr.spec.namespaces = "a";
    BOOST_TEST(cautions_of(cr, {}, &store).size() == 1u);
}

BOOST_AUTO_TEST_CASE(there_are_few_and_they_are_short)
{
    std::vector<image_pull_secret> others;
    for (char c = 'a'; c <= 'z'; ++c)
    {
        others.push_back(sample(std::string(246, c)));
        others.back().spec.service_accounts = std::string(253, 'v') + "," + std::string(253, 'w') + ",x";
    }
    auto cr = sample();
    std::string const x62(62, 'x');
    for (char c = 'a'; c <= 'z'; ++c)
    {
        cr.spec.namespaces += x62 + c + ",";
        cr.spec.excluded_namespaces.push_back(std::string(62, 'y') + c);
        cr.spec.namespaces += cr.spec.excluded_namespaces.back() + ",";
    }
    known_cluster const cluster({});
    auto const all = cautions_of(cr, others, &cluster.store);
    BOOST_TEST(all.size() == 9u);
    for (auto const& each : all)
    {
        BOOST_TEST(each.size() <= 256u, each);
        BOOST_TEST(each.starts_with("spec"), each);
        BOOST_TEST(each.find("password") == std::string::npos);
    }
    BOOST_TEST(all.back().starts_with("spec: more ImagePullSecrets"), all.back());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
