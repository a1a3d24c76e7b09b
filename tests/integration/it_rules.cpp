// SPDX-License-Identifier: Apache-2.0

// The rules in the spec of an ImagePullSecret: which namespaces and accounts are served.
#include "harness/fixture.hpp"
#include "rule_cases.hpp"
#include <tcr/kube/errc.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

/// If no write happens for this time, the test assumes that the controller has no more writes.
constexpr std::chrono::milliseconds a_while{700};

json::object object_of(char const* text)
{
    return json::parse(text).as_object();
}

spec for_namespaces(std::string names)
{
    spec cr;
    cr.namespaces = std::move(names);
    return cr;
}

std::size_t writes_of(std::vector<api_call> const& calls, std::string const& ns, std::string const& resource)
{
    return count_calls(calls, [&](auto const& call) { return call.ns == ns && call.resource == resource; });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rules, fixture)

BOOST_AUTO_TEST_CASE(names_with_blanks_are_served_and_no_others)
{
    auto const in = make_namespaces(2);
    auto const out = make_namespace();
    auto const cr = make(for_namespaces(" " + in[0] + " ,\n\t" + in[1] + ",, "));
    for (auto const& ns : in)
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(unserved(out, cr));
    BOOST_TEST(unserved("default", cr));
    BOOST_TEST(eventually([&] { return counts(cr, 2, 2); }));
}

BOOST_DATA_TEST_CASE(all_namespaces_are_served, boost::unit_test::data::make({"*", "", " * "}), names)
{
    auto const ns = make_namespace();
    auto const cr = make(for_namespaces(names));
    for (auto const& each : {ns, std::string("default"), std::string("kube-system")})
        BOOST_TEST(eventually([&] { return served(each, cr); }));
}

BOOST_AUTO_TEST_CASE(absent_lists_mean_all)
{
    auto const ns = make_namespace();
    spec cr;
    cr.name = fresh_name();
    auto body = body_of(cr).as_object();
    body["spec"].as_object().erase("namespaces");
    body["spec"].as_object().erase("serviceAccounts");
    api.create(image_pull_secrets, {}, body);
    for (auto const& each : {ns, std::string("kube-system")})
        BOOST_TEST(eventually([&] { return served(each, cr); }));
    drop(cr);
}

BOOST_AUTO_TEST_CASE(namespace_created_after_it_was_named_is_served)
{
    auto const later = fresh_name();
    auto const cr = make(for_namespaces(later));
    BOOST_TEST(eventually([&] { return counts(cr, 0, 0); }));
    make_namespace_called(later);
    BOOST_TEST(eventually([&] { return served(later, cr); }));
    BOOST_TEST(eventually([&] { return counts(cr, 1, 1); }));
}

BOOST_AUTO_TEST_CASE(one_of_many_namespaces_is_served_at_once)
{
    // Creates more namespaces than the controller reconciles at a time. Only the last namespace needs
    // changes.
    auto const names = make_namespaces(40);
    auto const cr = make(for_namespaces(names.back()));
    BOOST_TEST(eventually([&] { return served(names.back(), cr); }, std::chrono::seconds(2)));
}

BOOST_AUTO_TEST_CASE(selector_follows_the_labels)
{
    auto const dev = make_namespace({{"team", "dev"}});
    auto const ops = make_namespace({{"team", "ops"}, {"frozen", "yes"}});
    auto const none = make_namespace();
    spec cr;
    cr.more_spec = object_of(R"({"namespaceSelector": {
        "matchLabels": {"team": "dev"},
        "matchExpressions": [{"key": "frozen", "operator": "DoesNotExist"}]}})");
    cr = make(cr);
    BOOST_TEST(eventually([&] { return served(dev, cr); }));
    BOOST_TEST(unserved(ops, cr));
    BOOST_TEST(unserved(none, cr));

    api.patch(namespaces, {}, none, R"({"metadata":{"labels":{"team":"dev"}}})");
    BOOST_TEST(eventually([&] { return served(none, cr); }));
    api.patch(namespaces, {}, dev, R"({"metadata":{"labels":{"frozen":""}}})");
    BOOST_TEST(eventually([&] { return unserved(dev, cr); }));
    BOOST_TEST(served(none, cr));
    BOOST_TEST(eventually([&] { return counts(cr, 1, 1); }));
    api.patch(namespaces, {}, dev, R"({"metadata":{"labels":{"frozen":null}}})");
    BOOST_TEST(eventually([&] { return served(dev, cr); }));
}

BOOST_AUTO_TEST_CASE(selector_and_names_must_both_match)
{
    auto const both = make_namespace({{"team", "dev"}});
    auto const named_only = make_namespace();
    auto const selected_only = make_namespace({{"team", "dev"}});
    spec cr = for_namespaces(both + "," + named_only);
    cr.more_spec = object_of(R"({"namespaceSelector": {
        "matchExpressions": [{"key": "team", "operator": "In", "values": ["dev", "test"]}]}})");
    cr = make(cr);
    BOOST_TEST(eventually([&] { return served(both, cr); }));
    BOOST_TEST(unserved(named_only, cr));
    BOOST_TEST(unserved(selected_only, cr));
}

BOOST_AUTO_TEST_CASE(excluded_namespaces_are_not_served)
{
    auto const names = make_namespaces(2);
    spec cr = for_namespaces(list_of(names));
    cr.more_spec["excludedNamespaces"] = json::array{json::string(names[0])};
    cr = make(cr);
    BOOST_TEST(eventually([&] { return served(names[1], cr); }));
    BOOST_TEST(unserved(names[0], cr));

    edit(cr, "{\"excludedNamespaces\":[\"" + names[1] + "\"]}");
    BOOST_TEST(eventually([&] { return served(names[0], cr); }));
    BOOST_TEST(eventually([&] { return unserved(names[1], cr); }));
}

BOOST_AUTO_TEST_CASE(only_named_accounts_get_the_reference)
{
    auto const ns = make_namespace();
    api.create(accounts, ns, account_body("other"));
    spec cr = for_namespaces(ns);
    cr.service_accounts = "builder, default";
    cr = make(cr);
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(eventually([&] { return counts(cr, 1, 1); }));

    api.create(accounts, ns, account_body("builder", {"own"}));
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(
        references(ns, "builder") == (std::vector<std::string>{"own", cr.secret()}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(references(ns, "other").empty());
    BOOST_TEST(eventually([&] { return counts(cr, 1, 2); }));

    edit(cr, R"({"serviceAccounts":"other"})");
    cr.service_accounts = "other";
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(
        references(ns, "builder") == (std::vector<std::string>{"own"}), boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(two_resources_share_an_account_in_one_write)
{
    auto const ns = fresh_name();
    auto const first = make(for_namespaces(ns));
    auto second = for_namespaces(ns);
    second.server = "other.example.com";
    second = make(second);
    BOOST_TEST(eventually([&] { return counts(second, 0, 0); }));

    auto const mark = audit.mark();
    make_namespace_called(ns);
    BOOST_TEST(eventually([&] { return served(ns, first); }));
    BOOST_TEST(eventually([&] { return served(ns, second); }));
    let_pass(a_while);
    auto const writes = audit.controller_writes(mark);
    BOOST_TEST(writes_of(writes, ns, "secrets") == 2u, text_of(writes));
    BOOST_TEST(writes_of(writes, ns, "serviceaccounts") == 1u, text_of(writes));
    BOOST_TEST(references(ns).size() == 2u);

    // The deletion of an ImagePullSecret removes only its own entry.
    drop(first);
    BOOST_TEST(eventually([&] { return unserved(ns, first); }));
    BOOST_TEST(served(ns, second));
}

BOOST_AUTO_TEST_CASE(two_resources_for_the_same_server_both_work)
{
    auto const ns = make_namespace();
    auto const first = make(for_namespaces(ns));
    auto second = for_namespaces(ns);
    second.username = "another-user";
    second.password = "other.password";
    second = make(second);
    for (auto const& cr : {first, second})
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(eventually([&] { return counts(first, 1, 1); }));
    BOOST_TEST(eventually([&] { return counts(second, 1, 1); }));
}

BOOST_AUTO_TEST_CASE(paths_and_wildcards_are_distributed_as_written)
{
    auto const ns = make_namespace();
    for (auto const* server :
         {"registry.example.com/team-a",
          "registry.example.com:5000/team-b",
          "*.example.com",
          "[fd00::5]:5000"})
    {
        auto cr = for_namespaces(ns);
        cr.server = server;
        cr = make(cr);
        BOOST_TEST(eventually([&] { return served(ns, cr); }), server);
        BOOST_TEST(eventually([&] { return counts(cr, 1, 1); }), server);
    }
    BOOST_TEST(references(ns).size() == 4u);
}

BOOST_AUTO_TEST_CASE(line_break_of_a_block_scalar_is_not_part_of_the_password)
{
    auto const ns = make_namespace();
    auto written = for_namespaces(ns);
    written.password = "s3cret.of.robot\n";
    auto expected = make(written);
    expected.password.pop_back();
    BOOST_TEST(eventually([&] { return served(ns, expected); }));
}

BOOST_AUTO_TEST_CASE(longest_names_are_served)
{
    auto const ns = make_namespace();
    spec cr = for_namespaces(ns);
    cr.name = std::string(246, 'n');
    cr = make(cr);
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    drop(cr);
    BOOST_TEST(eventually([&] { return unserved(ns, cr); }));
}

BOOST_AUTO_TEST_CASE(any_password_is_distributed_unchanged)
{
    auto const ns = make_namespace();
    spec cr = for_namespaces(ns);
    cr.password = "\"quotes\" \\ <tags> & \n line\ttab \u4e2d\u6587 \U0001F511 \x7f";
    cr = make(cr);
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    auto const by_kubectl = json::parse(control_plane.kubectl(
        {"create",
         "secret",
         "docker-registry",
         "any",
         "--docker-server=" + cr.server,
         "--docker-username=" + cr.username,
         "--docker-password=" + cr.password,
         "--dry-run=client",
         "-o",
         "json"}
    ));
    BOOST_TEST(docker_config_of(*secret(ns, cr)) == docker_config_of(by_kubectl.as_object()));
}

BOOST_AUTO_TEST_CASE(edit_that_changes_nothing_writes_nothing)
{
    auto const ns = make_namespace();
    auto const cr = make(for_namespaces(ns));
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(eventually([&] { return counts(cr, 1, 1); }));
    auto const mark = audit.mark();
    api.patch(
        image_pull_secrets, {}, cr.name, R"({"metadata":{"labels":{"a":"b"},"annotations":{"c":"d"}}})"
    );
    edit(cr, "{\"namespaces\":\" " + ns + " , \"}");
    let_pass(a_while);
    auto const writes = audit.controller_writes(mark);
    BOOST_TEST(
        writes_of(writes, ns, "secrets") + writes_of(writes, ns, "serviceaccounts") == 0u, text_of(writes)
    );
    auto const found = secret(ns, cr);
    BOOST_TEST(at(*found, {"metadata", "labels", "a"}).is_null());
    BOOST_TEST(at(*found, {"metadata", "annotations", "c"}).is_null());
}

BOOST_AUTO_TEST_CASE(the_crd_refuses_what_the_program_refuses)
{
    for (auto const& each : rule_cases())
    {
        auto const answer = api.try_to_create(image_pull_secrets, {}, object_of(each));
        bool const is_bad = each.expected == validity::bad;
        if (answer || answer.error().code != tcr::kube::errc::invalid)
            BOOST_TEST(
                (answer.has_value() && !is_bad), shown(each) << (answer ? "" : answer.error().message())
            );
        else
            BOOST_TEST(is_bad, shown(each) << ": " << answer.error().message().substr(0, 300));
    }
}

BOOST_AUTO_TEST_SUITE_END()
