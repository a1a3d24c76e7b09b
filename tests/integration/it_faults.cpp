// SPDX-License-Identifier: Apache-2.0

// The control plane fails, restarts, loses data and refuses access; the controller is killed. At the end of
// each case, both run.
#include "harness/fixture.hpp"
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using std::chrono::seconds;

struct faults : fixture
{
    /// Kills the API server as in a crash, calls `change`, and starts the server again. Also restarts the
    /// controller manager, which would otherwise need 30 s to reconnect.
    void while_server_is_down(std::function<void()> const& change)
    {
        control_plane.kill("controller-manager");
        control_plane.kill("apiserver");
        change();
        control_plane.start();
    }

    /// Removes the rule about `resource` from the ClusterRole of the controller.
    /// `control_plane.run({"install"})` restores the rule.
    void forbid(std::string const& resource, std::string const& verb = {})
    {
        auto role = api.get(cluster_roles, {}, "tcr-assistant-manager-role");
        auto& rules = role["rules"].as_array();
        for (auto each = rules.begin(); each != rules.end();)
        {
            auto& rule = each->as_object();
            auto const& about = rule["resources"].as_array();
            if (std::find(about.begin(), about.end(), json::value(resource)) == about.end())
                ++each;
            else if (verb.empty())
                each = rules.erase(each);
            else
            {
                auto& verbs = rule["verbs"].as_array();
                verbs.erase(std::find(verbs.begin(), verbs.end(), json::value(verb)));
                ++each;
            }
        }
        BOOST_TEST_REQUIRE(api.replace(cluster_roles, {}, "tcr-assistant-manager-role", role).has_value());
    }

    void restore_rights() { control_plane.run({"install"}); }

    verdict has_synced(std::size_t mark) { return controller.has_logged(" caches are synced ", mark); }
};

std::vector<api_call> in_namespaces(std::vector<api_call> calls, std::vector<std::string> const& where)
{
    std::erase_if(
        calls, [&](auto const& call) { return std::find(where.begin(), where.end(), call.ns) == where.end(); }
    );
    return calls;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(unprepared_cluster, faults)

BOOST_AUTO_TEST_CASE(missing_crd_is_reported_and_retried)
{
    controller.stop();
    control_plane.kubectl({"delete", "crd", "imagepullsecrets.tcr.tencentcloudcr.com"});
    auto const mark = controller.mark();
    controller.start_unsynced();
    BOOST_TEST(eventually(
        [&] { return controller.has_logged("install its CRD (kubectl apply -f deploy/base/crd.yaml)", mark); }
    ));
    BOOST_TEST(!has_synced(mark));

    control_plane.run({"install"});
    BOOST_TEST(eventually([&] { return has_synced(mark); }, seconds(30)));
    BOOST_TEST(controller.complaints(mark, "imagepullsecrets").size() <= 3u, controller.log(mark));
    auto const ns = make_namespace();
    serve({ns});
}

BOOST_AUTO_TEST_CASE(missing_right_is_reported_and_retried)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    controller.stop();
    forbid("secrets");
    auto const mark = controller.mark();
    controller.start_unsynced();
    BOOST_TEST(eventually([&] { return controller.has_logged("secrets is forbidden", mark); }));
    BOOST_TEST(controller.has_logged("cannot list secrets", mark));
    auto const calls_mark = audit.mark();
    let_pass(seconds(2));
    BOOST_TEST(controller.is_running());
    BOOST_TEST(!has_synced(mark));
    // The controller does not write before all lists are complete.
    BOOST_TEST(audit.controller_writes(calls_mark).empty(), text_of(audit.controller_writes(calls_mark)));

    restore_rights();
    BOOST_TEST(eventually([&] { return has_synced(mark); }, seconds(30)));
    BOOST_TEST(served(ns, cr));
}

BOOST_AUTO_TEST_CASE(right_lost_while_running_is_reported_and_retried)
{
    forbid("serviceaccounts", "patch");
    auto const ns = make_namespace();
    auto const mark = controller.mark();
    spec cr;
    cr.namespaces = ns;
    cr = make(cr);
    auto const is_reported = [&]() -> verdict
    {
        auto const object = api.get(image_pull_secrets, {}, cr.name);
        auto const failures = at(object, {"status", "serviceAccountsModifyFailed"});
        bool const is_listed =
            failures.is_array() && failures.get_array().size() == 1 &&
            text_at(failures.get_array()[0].as_object(), {"namespacedName"}) == ns + "/default" &&
            text_at(failures.get_array()[0].as_object(), {"reason"}) == "Forbidden";
        return is_listed && number_at(object, {"status", "sAsSuccess"}) == 0 ? verdict(true)
                                                                             : wrong(json::serialize(object));
    };
    BOOST_TEST(eventually(is_reported));
    BOOST_TEST(secret(ns, cr).has_value());
    BOOST_TEST(controller.has_logged("serviceaccounts \\\"default\\\" is forbidden", mark));

    restore_rights();
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(eventually([&] { return counts(cr, 1, 1); }));
    auto const object = api.get(image_pull_secrets, {}, cr.name);
    BOOST_TEST(at(object, {"status", "serviceAccountsModifyFailed"}).as_array().empty());
}

BOOST_AUTO_TEST_CASE(credential_errors_are_distinguished)
{
    auto const message_of =
        [&](std::function<void(json::object & cluster, json::object & user)> const& add_defect)
    {
        auto config =
            json::parse(control_plane.kubectl({"config", "view", "--raw", "-o", "json"})).as_object();
        add_defect(
            config["clusters"].as_array()[0].as_object()["cluster"].as_object(),
            config["users"].as_array()[0].as_object()["user"].as_object()
        );
        auto const file = control_plane.folder() / "unfit.kubeconfig";
        std::ofstream(file) << json::serialize(config);
        child_process program(controller_without_ports(file));
        BOOST_TEST(eventually([&] { return program.err().find(" warning ") != std::string::npos; }));
        BOOST_TEST(program.is_running());
        program.signal(SIGTERM);
        BOOST_TEST(program.wait(seconds(10)) == 0);
        return program.err();
    };
    auto const other_ca = [&](json::object& cluster, json::object&)
    {
        auto const made = run_command(
            {"openssl",
             "req",
             "-x509",
             "-newkey",
             "ec",
             "-pkeyopt",
             "ec_paramgen_curve:prime256v1",
             "-nodes",
             "-subj",
             "/CN=another",
             "-keyout",
             "/dev/null"}
        );
        cluster["certificate-authority-data"] = tcr::base64_encode(made.out);
    };
    auto const other_name = [](json::object& cluster, json::object&)
    { cluster["tls-server-name"] = "another.example.com"; };
    auto const bad_token = [](json::object&, json::object& user) { user = {{"token", "no-such-token"}}; };
    auto const anonymous = [](json::object&, json::object& user) { user.clear(); };

    auto const fails_with = [&](auto const& add_defect, std::string const& words)
    {
        auto const message = message_of(add_defect);
        BOOST_TEST(message.find(words) != std::string::npos, "no '" << words << "' in: " << message);
        BOOST_TEST(message.find("no-such-token") == std::string::npos);
    };
    fails_with(other_ca, "cannot be trusted: unable to get local issuer certificate");
    fails_with(other_name, "cannot be trusted: hostname mismatch");
    fails_with(bad_token, "Unauthorized");
    fails_with(anonymous, "system:anonymous");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(outages, faults)

BOOST_AUTO_TEST_CASE(controller_waits_for_a_crashed_server)
{
    auto const where = make_namespaces(10);
    auto const cr = serve(where);
    BOOST_TEST(eventually([&] { return counts(cr, 10, 10); }));
    auto const log_mark = controller.mark();
    auto const calls_mark = audit.mark();
    while_server_is_down([] { let_pass(seconds(2)); });

    auto const later = make_namespace();
    edit(cr, "{\"namespaces\":\"" + list_of(where) + "," + later + "\"}");
    // The restarted server answers "too old" to a watch. The controller then lists at once, without the
    // backoff of the outage.
    BOOST_TEST(eventually([&] { return served(later, cr); }));
    // The outage causes no deletion, and no write is repeated.
    auto const writes = in_namespaces(audit.controller_writes(calls_mark), where);
    BOOST_TEST(writes.empty(), text_of(writes));
    // The controller logs an outage once per cause, not once per retry. There are three causes: connection
    // lost, connection refused, and a restarted server without RBAC data. Each can occur for five watches,
    // the lease, the Events and the review of the access to Secrets.
    BOOST_TEST(controller.complaints(log_mark).size() <= 3u * 8, controller.log(log_mark));
}

BOOST_AUTO_TEST_CASE(refused_token_is_read_again)
{
    std::string const home = "tcr-assistant-system";
    std::string const account = "tcr-assistant-controller-manager";
    // Deletes the account of the controller's token. `install` creates a new account with the same name and
    // rights.
    api.remove(accounts, home, account);
    control_plane.run({"install"});
    auto const ns = make_namespace();
    auto const mark = controller.mark();
    spec cr;
    cr.namespaces = ns;
    cr = make(cr);
    // The server caches the successful check of a token for some seconds.
    auto const is_refused = [&]
    {
        edit(cr, "{\"docker\":{\"password\":\"password-" + fresh_name() + "\"}}");
        return controller.has_logged("Unauthorized", mark);
    };
    BOOST_TEST(eventually(is_refused, seconds(30)));

    control_plane.run({"service-account", home, account, control_plane.folder() / "controller-account"});
    cr.password = "password after that";
    edit(cr, R"({"docker":{"password":"password after that"}})");
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(controller.is_running());
}

BOOST_AUTO_TEST_CASE(controller_waits_for_a_crashed_etcd)
{
    auto const ns = make_namespace();
    auto cr = serve({ns});
    control_plane.kill("etcd");
    let_pass(seconds(2));
    control_plane.start();
    cr.password = "password after the outage";
    BOOST_TEST(eventually(
        [&]
        {
            edit(cr, R"({"docker":{"password":"password after the outage"}})");
            return true;
        }
    ));
    BOOST_TEST(eventually([&] { return served(ns, cr); }, seconds(30)));
}

BOOST_AUTO_TEST_CASE(compacted_history_is_listed_again)
{
    auto const where = make_namespaces(3);
    for (auto const& ns : where)
        api.create(accounts, ns, account_body("app"));
    auto const later = fresh_name();
    spec cr;
    cr.namespaces = list_of(where) + "," + later;
    cr = make(cr);
    for (auto const& ns : where)
        BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(eventually([&] { return counts(cr, 3, 6); }));
    auto const mark = controller.mark();
    auto const calls_mark = audit.mark();

    // The controller is paused. It loses its watches at the first restart of the server and misses the
    // changes before the second restart. When it continues, the versions that it knows are compacted.
    {
        paused const stopped(control_plane, "controller");
        while_server_is_down([] {});
        api.remove(secrets, where[0], cr.secret());
        api.patch(accounts, where[1], "default", R"({"imagePullSecrets":[{"name":"other"}]})");
        api.remove(accounts, where[2], "app");
        make_namespace_called(later);
        edit(cr, R"({"docker":{"username":"another"}})");
        cr.username = "another";
        control_plane.run({"compact"});
        while_server_is_down([] {});
    }

    for (auto const* resource : {"namespaces", "serviceaccounts", "secrets", "imagepullsecrets"})
        for (auto const* words :
             {" info listing all objects again resource=", " info listed all objects resource="})
            BOOST_TEST(eventually(
                [&] { return controller.has_logged(words + std::string(resource), mark); }, seconds(30)
            ));
    for (auto const& ns : {where[0], where[1], where[2], later})
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(
        references(where[1]) == (std::vector<std::string>{"other", cr.secret()}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(eventually([&] { return counts(cr, 4, 6); }));
    // Only two references are written: the removed one and the one in the later namespace.
    auto const writes = audit.controller_writes(calls_mark);
    auto const of_accounts = [](auto const& call) { return call.resource == "serviceaccounts"; };
    auto const of_removal = [](auto const& call) { return call.verb == "delete"; };
    BOOST_TEST(count_calls(writes, of_accounts) == 2u, text_of(writes));
    BOOST_TEST(count_calls(writes, of_removal) == 0u, text_of(writes));
}

BOOST_AUTO_TEST_CASE(restored_backup_is_accepted)
{
    auto const kept = make_namespace();
    auto cr = serve({kept});
    auto const store = control_plane.folder() / "etcd";
    auto const backup = control_plane.folder() / "etcd.backup";
    auto const all_down = [&]
    {
        for (auto const* component : {"controller-manager", "apiserver", "etcd"})
            control_plane.kill(component);
    };
    all_down();
    std::filesystem::copy(store, backup, std::filesystem::copy_options::recursive);
    control_plane.start();

    // These changes are not in the backup that is restored.
    auto const undone = make_namespace();
    edit(
        cr, "{\"namespaces\":\"" + kept + "," + undone + "\",\"docker\":{\"password\":\"undone.password\"}}"
    );
    BOOST_TEST(eventually(
        [&] { return served(undone, {.name = cr.name, .password = "undone.password"}); }, seconds(30)
    ));
    for (int i = 0; i < 60; ++i)
        api.patch(
            namespaces, {}, kept, "{\"metadata\":{\"labels\":{\"turn\":\"" + std::to_string(i) + "\"}}}"
        );
    let_pass(seconds(2));

    auto const mark = controller.mark();
    all_down();
    std::filesystem::remove_all(store);
    std::filesystem::rename(backup, store);
    control_plane.start();
    BOOST_TEST(
        eventually([&] { return controller.has_logged("was restored from a backup", mark); }, seconds(30))
    );
    // The watches notice the restore one after another. Until the last watch notices it, the controller may
    // write a lost object again.
    BOOST_TEST(eventually([&] { return served(kept, cr); }, seconds(30)));
    BOOST_TEST(eventually([&] { return counts(cr, 1, 1); }, seconds(30)));

    // After the restore, versions are lower than before. The controller must not ignore new changes as old.
    api.remove(secrets, kept, cr.secret());
    BOOST_TEST(eventually([&] { return served(kept, cr); }));
    api.patch(accounts, kept, "default", R"({"imagePullSecrets":null})");
    BOOST_TEST(eventually([&] { return served(kept, cr); }));
    cr.password = "password of the new history";
    edit(cr, R"({"docker":{"password":"password of the new history"}})");
    BOOST_TEST(eventually([&] { return served(kept, cr); }));
    auto const fresh = make_namespace();
    edit(cr, "{\"namespaces\":\"" + fresh + "\"}");
    BOOST_TEST(eventually([&] { return served(fresh, cr); }));
    BOOST_TEST(eventually([&] { return unserved(kept, cr); }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_thousand_namespaces, faults)

namespace
{

constexpr std::size_t thousand = 1000;

/// All accounts, and the Secrets of one ImagePullSecret, by "namespace/name".
struct cluster_state
{
    std::map<std::string, json::object> secrets;
    std::map<std::string, json::object> accounts;
};

std::string full_name(json::object const& object)
{
    return text_at(object, {"metadata", "namespace"}) + '/' + name_of(object);
}

cluster_state read_state(cluster& api, spec const& cr)
{
    cluster_state taken;
    for (auto& each : api.list(secrets))
        if (name_of(each) == cr.secret())
            taken.secrets[full_name(each)] = std::move(each);
    for (auto& each : api.list(accounts))
        taken.accounts[full_name(each)] = std::move(each);
    return taken;
}

/// Whether all namespaces are served and every account keeps its own entry.
verdict all_served(cluster_state const& now, std::vector<std::string> const& where, spec const& cr)
{
    for (auto const& ns : where)
    {
        auto const found = now.secrets.find(ns + '/' + cr.secret());
        if (found == now.secrets.end() ||
            json::parse(docker_config_of(found->second)) != expected_docker_config(cr))
            return wrong(ns + " has no correct Secret");
        auto const listed = references_of(now.accounts.at(ns + "/default"));
        if (listed != std::vector<std::string>{"own-of-" + ns, cr.secret()})
            return wrong("account default of " + ns + " has " + joined(listed));
    }
    return true;
}

}  // namespace

BOOST_AUTO_TEST_CASE(killed_controller_resumes_and_another_start_writes_nothing)
{
    controller.stop();
    auto const where = make_namespaces(thousand);
    std::vector<cluster::named_patch> own_entries;
    for (auto const& ns : where)
        own_entries.push_back({ns, "default", "{\"imagePullSecrets\":[{\"name\":\"own-of-" + ns + "\"}]}"});
    api.patch_all(accounts, own_entries);
    spec cr;
    cr.more_spec["excludedNamespaces"] = json::array{"default", "kube-system", "kube-public"};
    cr = make(cr);

    auto const calls_mark = audit.mark();
    auto const has_begun = [&]() -> verdict
    {
        return count_calls(
                   audit.controller_writes(calls_mark),
                   [](auto const& call) { return call.resource == "serviceaccounts"; }
               ) > thousand / 20;
    };
    controller.start_unsynced();
    BOOST_TEST(eventually(has_begun, seconds(60)));
    controller.kill();
    auto const halfway = read_state(api, cr);
    BOOST_TEST_MESSAGE("killed with " << halfway.secrets.size() << " Secrets written");
    BOOST_TEST(halfway.secrets.size() < thousand);

    controller.start();
    BOOST_TEST(eventually([&] { return all_served(read_state(api, cr), where, cr); }, seconds(60)));
    auto const converged = read_state(api, cr);
    // The new controller does not repeat the writes of the killed controller.
    for (auto const& [name, before] : halfway.secrets)
        BOOST_TEST(version_of(converged.secrets.at(name)) == version_of(before), name);

    // The controller writes the last status up to 3 s later.
    let_pass(seconds(3));
    auto const status = api.get(image_pull_secrets, {}, cr.name);
    controller.stop();
    auto const second_start = audit.mark();
    controller.start();
    let_pass(seconds(3));
    auto calls = audit.since(second_start);
    // Counts writes of statuses, but not writes of the lease.
    std::erase_if(
        calls,
        [](auto const& call)
        { return !call.is_by_controller() || !call.is_write() || call.resource == "leases"; }
    );
    BOOST_TEST(calls.empty(), text_of(calls));
    auto const after = read_state(api, cr);
    BOOST_TEST((after.secrets == converged.secrets));
    BOOST_TEST((after.accounts == converged.accounts));
    BOOST_TEST((api.get(image_pull_secrets, {}, cr.name) == status));
}

BOOST_AUTO_TEST_SUITE_END()
