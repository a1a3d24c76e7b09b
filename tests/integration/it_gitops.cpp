// SPDX-License-Identifier: Apache-2.0

// Other clients write imagePullSecrets of accounts: tools that apply accounts from git, and clients that
// replace the list continuously.
#include "harness/background.hpp"
#include "harness/fixture.hpp"
#include "harness/text.hpp"

#include <boost/test/unit_test.hpp>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using names = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// For this time a tool compares accounts with git, several times per second.
constexpr milliseconds some_syncs{3000};

struct gitops : fixture
{
    /// Applies an account like Flux: server-side, with force and a field manager of its own. Writes the list
    /// even if it has not changed.
    void flux_apply(std::string const& ns, std::string const& account, names const& listed)
    {
        auto body = account_body(account, listed).as_object();
        body["apiVersion"] = "v1";
        body["kind"] = "ServiceAccount";
        body["metadata"].as_object()["namespace"] = ns;
        auto const done = control_plane.try_kubectl(
            {"apply",
             "--server-side",
             "--force-conflicts",
             "--field-manager=kustomize-controller",
             "-f",
             "-"},
            json::serialize(body)
        );
        BOOST_TEST_REQUIRE(done.status == 0, done.err);
    }

    void flux_sync(std::string const& ns, std::string const& account, names const& listed)
    {
        for (int i = 0; i < 5; ++i)
        {
            flux_apply(ns, account, listed);
            let_pass(milliseconds(400));
        }
    }

    /// A tool like Argo CD with selfHeal: while the list differs from git, it writes git's list.
    std::function<void(cluster&)> argo(std::string const& ns, std::string const& account, names const& listed)
    {
        auto const patch = json::serialize(
            json::object({{"imagePullSecrets", account_body("", listed).as_object()["imagePullSecrets"]}})
        );
        return [=](cluster& tool)
        {
            if (references_of(tool.get(accounts, ns, account)) != listed)
                tool.patch(accounts, ns, account, patch);
            let_pass(milliseconds(200));
        };
    }

    std::size_t account_writes(audit_mark const& mark, std::string const& ns)
    {
        return count_calls(
            audit.controller_writes(mark),
            [&](auto const& call)
            { return call.resource == "serviceaccounts" && call.ns == ns && call.status < 300; }
        );
    }

    /// An ImagePullSecret for one namespace that leaves accounts unchanged. Not created yet.
    spec secrets_only(std::string const& ns)
    {
        spec cr;
        cr.name = fresh_name();
        cr.namespaces = ns;
        cr.more_spec = json::object({{"references", "secretsOnly"}});
        return cr;
    }

    verdict has_event(std::string const& reason, std::string const& words)
    {
        for (auto const& event : api.list(tcr::test::events, "default"))
            if (text_at(event, {"reason"}) == reason && contains(text_at(event, {"message"}), words))
                return true;
        return wrong("no Event " + reason + " about " + words);
    }

    std::string condition(spec const& cr, std::string const& type, std::string const& member)
    {
        auto const list = at(api.get(image_pull_secrets, {}, cr.name), {"status", "conditions"});
        if (list.is_array())
            for (auto const& each : list.get_array())
                if (text_at(each.as_object(), {"type"}) == type)
                    return text_at(each.as_object(), {member});
        return {};
    }

    double conflicts() { return value_of(controller.metrics().body, "tcr_assistant_conflicts_total"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(accounts_in_git, gitops)

BOOST_AUTO_TEST_CASE(imagepullsecrets_are_one_value_for_the_api_server)
{
    // The reason for spec.references: the API server records one manager for the whole list, not one for each
    // entry.
    auto const ns = make_namespace();
    flux_apply(ns, "app", {"theirs"});
    api.patch(accounts, ns, "app", R"({"imagePullSecrets":[{"name":"theirs"},{"name":"ours"}]})");
    auto const shown = json::parse(
        control_plane.kubectl({"get", "sa", "app", "-n", ns, "-o", "json", "--show-managed-fields"})
    );
    std::size_t managers = 0;
    for (auto const& each : shown.at("metadata").at("managedFields").as_array())
    {
        auto const fields = json::serialize(each.at("fieldsV1"));
        managers += contains(fields, R"("f:imagePullSecrets":{})") ? 1 : 0;
        BOOST_TEST(!contains(fields, R"(k:{\"name\")"), fields);
    }
    BOOST_TEST(managers == 1u, json::serialize(shown));
}

BOOST_AUTO_TEST_CASE(secrets_only_never_writes_an_account)
{
    auto const ns = make_namespace();
    auto const cr = secrets_only(ns);
    auto const mark = audit.mark();
    make(cr);
    BOOST_TEST(eventually([&] { return secret(ns, cr).has_value(); }));
    BOOST_TEST(eventually([&] { return counts(cr, 1, 0); }));
    names const listed{"other", cr.secret()};
    {
        api.create(accounts, ns, account_body("app", listed));
        background tool(control_plane.kubeconfig(), argo(ns, "app", listed));
        flux_sync(ns, "builder", listed);
        BOOST_TEST(tool.stop() == "");
    }
    edit(cr, R"({"namespaces":"elsewhere"})");
    BOOST_TEST(eventually([&] { return !secret(ns, cr); }));
    edit(cr, "{\"namespaces\":\"" + ns + "\"}");
    BOOST_TEST(eventually([&] { return secret(ns, cr).has_value(); }));
    drop(cr);
    // Before Kubernetes 1.30, the garbage collector knows a new type only after up to 30 s.
    BOOST_TEST(eventually([&] { return !secret(ns, cr); }, seconds(60)));
    let_pass(seconds(1));
    BOOST_TEST(account_writes(mark, ns) == 0u, text_of(audit.controller_writes(mark)));
    for (auto const* account : {"app", "builder"})
        BOOST_TEST(references(ns, account) == listed, boost::test_tools::per_element());
    BOOST_TEST(references(ns).empty());
}

BOOST_AUTO_TEST_CASE(a_change_of_the_field_leaves_the_accounts_as_they_are)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    auto const mark = audit.mark();
    edit(cr, R"({"references":"secretsOnly"})");
    BOOST_TEST(eventually([&] { return counts(cr, 1, 0); }));
    BOOST_TEST(references(ns) == names{cr.secret()}, boost::test_tools::per_element());
    api.create(accounts, ns, account_body("late"));
    let_pass(seconds(1));
    BOOST_TEST(account_writes(mark, ns) == 0u);
    edit(cr, R"({"references":"managed"})");
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(references(ns, "late") == names{cr.secret()}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_reference_before_its_object_exists_is_removed_at_most_once)
{
    auto const ns = make_namespace();
    auto const cr = secrets_only(ns);
    auto const mark = audit.mark();
    background tool(control_plane.kubeconfig(), argo(ns, "default", {cr.secret()}));
    flux_sync(ns, "app", {cr.secret()});
    let_pass(some_syncs);
    BOOST_TEST(account_writes(mark, ns) <= 2u, text_of(audit.controller_writes(mark)));
    make(cr);
    BOOST_TEST(eventually([&] { return secret(ns, cr).has_value(); }));
    auto const later = audit.mark();
    let_pass(some_syncs);
    BOOST_TEST(account_writes(later, ns) == 0u, text_of(audit.controller_writes(later)));
    BOOST_TEST(tool.stop() == "");
    for (auto const* account : {"default", "app"})
        BOOST_TEST(references(ns, account) == names{cr.secret()}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_reference_outside_of_the_selected_accounts_is_removed_at_most_once)
{
    auto const ns = make_namespace();
    spec cr;
    cr.namespaces = ns;
    cr.service_accounts = "default";
    cr = make(cr);
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    auto const mark = audit.mark();
    auto const log = controller.mark();
    api.create(accounts, ns, account_body("app", {"other", cr.secret()}));
    background tool(control_plane.kubeconfig(), argo(ns, "app", {"other", cr.secret()}));
    // An Event shows the last of several accounts, so the second tool starts after it.
    BOOST_TEST(eventually([&] { return has_event("ReferenceKept", ns + "/app"); }, seconds(60)));
    BOOST_TEST(controller.has_logged("another client wrote a removed reference again", log));
    flux_sync(ns, "builder", {cr.secret()});
    let_pass(some_syncs);
    BOOST_TEST(account_writes(mark, ns) <= 2u, text_of(audit.controller_writes(mark)));
    BOOST_TEST(references(ns, "app") == (names{"other", cr.secret()}), boost::test_tools::per_element());
    BOOST_TEST(references(ns, "builder") == names{cr.secret()}, boost::test_tools::per_element());
    // The account that is selected is served as usual, and the Secret is removed with its namespace.
    api.patch(accounts, ns, "default", R"({"imagePullSecrets":null})");
    BOOST_TEST(eventually([&] { return references(ns) == names{cr.secret()}; }));
    edit(cr, R"({"namespaces":"elsewhere"})");
    BOOST_TEST(eventually([&] { return !secret(ns, cr); }));
    BOOST_TEST(tool.stop() == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(contention, gitops)

BOOST_AUTO_TEST_CASE(a_client_that_overwrites_the_list_is_reported)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    auto const log = controller.mark();
    auto const before = conflicts();
    BOOST_TEST(eventually([&]() -> verdict { return condition(cr, "Conflicting", "status") == "False"; }));
    {
        background tool(control_plane.kubeconfig(), argo(ns, "default", {"theirs"}));
        BOOST_TEST(eventually([&] { return has_event("Contention", "ServiceAccount " + ns + "/default"); }));
        BOOST_TEST(eventually([&] { return condition(cr, "Conflicting", "reason") == "Contention"; }));
        auto const failed =
            at(api.get(image_pull_secrets, {}, cr.name), {"status", "serviceAccountsModifyFailed"});
        BOOST_TEST(contains(json::serialize(failed), R"("reason":"Contention")"), json::serialize(failed));
        BOOST_TEST(tool.stop() == "");
    }
    BOOST_TEST(controller.has_logged("another client keeps changing an object", log));
    BOOST_TEST(conflicts() > before);
    BOOST_TEST(eventually([&] { return served(ns, cr); }, seconds(60)));
    BOOST_TEST(eventually([&] { return condition(cr, "Conflicting", "status") == "False"; }));
    BOOST_TEST(eventually([&]() -> verdict { return condition(cr, "Ready", "status") == "True"; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_overwrites_the_secret_is_reported)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    auto const before = conflicts();
    {
        background tool(
            control_plane.kubeconfig(),
            [&](cluster& other)
            {
                other.patch(secrets, ns, cr.secret(), R"({"data":{".dockerconfigjson":"e30="}})");
                let_pass(milliseconds(200));
            }
        );
        BOOST_TEST(eventually([&] { return has_event("Contention", "Secret " + ns + "/" + cr.secret()); }));
        BOOST_TEST(tool.stop() == "");
    }
    BOOST_TEST(conflicts() > before);
    BOOST_TEST(eventually([&] { return served(ns, cr); }, seconds(60)));
}

BOOST_AUTO_TEST_CASE(a_single_change_is_no_contention)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    auto const log = controller.mark();
    for (int i = 0; i < 6; ++i)
        api.create(accounts, ns, account_body("app-" + std::to_string(i)));
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    for (int i = 0; i < 6; ++i)
    {
        api.patch(accounts, ns, "app-" + std::to_string(i), R"({"imagePullSecrets":null})");
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
    }
    BOOST_TEST(!contains(controller.log(log), "another client keeps changing an object"));
}

BOOST_AUTO_TEST_SUITE_END()
