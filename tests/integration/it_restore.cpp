// SPDX-License-Identifier: Apache-2.0

// etcd is restored from a snapshot while the controller and the hosts updater run. Both accept the restored
// state. The revisions may go back, or jump ahead, as etcd recommends for Kubernetes.
#include "harness/fixture.hpp"
#include "harness/secret_memory.hpp"
#include "it_certificate_helpers.hpp"
#include "it_credential_helpers.hpp"
#include "it_hosts_helpers.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <ostream>

namespace
{

using namespace tcr::test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using steady_clock = std::chrono::steady_clock;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

constexpr std::size_t namespace_count = 6;
constexpr std::size_t accounts_each = 4;  // besides "default"

/// Time limit from the readiness of the restored API server until the state is the desired state of the
/// snapshot.
constexpr seconds recovery_limit{60};

/// Time limit for changes that a working watch delivers.
constexpr seconds watch_limit{20};

/// Number of writes after the snapshot. They put the revisions before the restore far ahead of the restored
/// revisions.
constexpr std::size_t more_revisions = 300;

constexpr char config_map[] = "updater-config";

enum class direction
{
    forwards,
    backwards
};

std::ostream& operator<<(std::ostream& out, direction to)
{
    return out << (to == direction::forwards ? "forwards" : "backwards");
}

struct restoration : certificates, hosts_folder
{
    restoration()
    {
        certificates::start();
        make_objects();
        start_agent();
    }

    ~restoration()
    {
        api.remove(image_pull_secrets, {}, referring.name);
        api.remove(secrets, home, credential);
        api.remove(config_maps, home, config_map);
        hosts_folder::stop();
    }

    void make_objects()
    {
        where = make_namespaces(namespace_count);
        std::vector<std::vector<cluster::named_body>> chains;
        for (auto const& ns : where)
            for (std::size_t i = 0; i < accounts_each; ++i)
                chains.push_back({{accounts, ns, account_body("app-" + std::to_string(i), {"other"})}});
        api.create_chains(chains);
        direct = make(direct);
        make_referring();
        must_be_right("before the snapshot", watch_limit);
    }

    /// Creates an ImagePullSecret whose password is in a Secret in the namespace of the controller.
    void make_referring()
    {
        credential = fresh_name();
        json::object const metadata{{"name", credential}, {"labels", {{credential_label, "true"}}}};
        remember_secret(referring.password);
        json::object const data{{"password", referring.password}};
        api.create(
            secrets,
            home,
            {{"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", metadata}, {"stringData", data}}
        );
        referring.name = fresh_name();
        auto body = body_of(referring).as_object();
        auto& docker = body["spec"].as_object()["docker"].as_object();
        docker.erase("password");
        docker["passwordSecretRef"] = json::object{{"name", credential}};
        api.create(image_pull_secrets, {}, body);
    }

    void start_agent()
    {
        control_plane.kubectl(
            {"apply",
             "-f",
             source_folder() / "deploy" / "components" / "hosts-updater" / "hosts-updater.yaml"}
        );
        control_plane.run({"service-account", home, "hosts-updater", hosts_folder::folder / "account"});
        put(one);
        auto const config = hosts_folder::write(
            "kubeconfig",
            kubeconfig_text(
                "https://127.0.0.1:" + std::to_string(control_plane.apiserver_port()),
                control_plane.folder() / "certs" / "ca.crt",
                "tokenFile: account/token"
            )
        );
        hosts_folder::start({"--kubeconfig", config, "--namespace", home});
        BOOST_TEST_REQUIRE(eventually([&] { return holds(one); }));
    }

    void put(entries const& wanted)
    {
        json::object const data{{"hosts.yaml", config_text(wanted)}};
        json::object const metadata{{"name", config_map}};
        json::object const body{
            {"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", metadata}, {"data", data}};
        if (api.find(config_maps, home, config_map))
            api.patch(config_maps, home, config_map, json::serialize(body));
        else
            api.create(config_maps, home, body);
    }

    // --- changes

    void strip_references()
    {
        std::vector<cluster::named_patch> changes;
        for (auto const& ns : where)
            for (auto const& account : api.list(accounts, ns))
                changes.push_back({ns, name_of(account), R"({"imagePullSecrets":[{"name":"other"}]})"});
        api.patch_all(accounts, changes);
    }

    /// Takes a snapshot while the controller is paused. In the snapshot, every account lacks its references,
    /// and two namespaces lack their Secrets.
    std::filesystem::path take_snapshot()
    {
        auto const file = control_plane.folder() / "snapshot.db";
        paused const standstill(control_plane, controller.component());
        strip_references();
        for (auto const& ns : {where[0], where[1]})
            api.remove(secrets, ns, direct.secret());
        control_plane.run({"snapshot", file});
        return file;
    }

    void set_passwords(std::string const& password)
    {
        direct.password = "direct." + password;
        referring.password = "referring." + password;
        edit(direct, "{\"docker\":{\"password\":\"" + direct.password + "\"}}");
        remember_secret(referring.password);
        api.patch(
            secrets, home, credential, "{\"stringData\":{\"password\":\"" + referring.password + "\"}}"
        );
    }

    /// Replaces the Secret of the webhook certificate by a Secret of another issuer.
    void replace_certificate()
    {
        {
            paused const standstill(control_plane, controller.component());
            api.remove(secrets, own_namespace, secret_name);
            make_cert_managers();
        }
        BOOST_TEST(eventually([&] { return is_trusted(); }));
    }

    void write_much(std::string const& ns)
    {
        std::vector<json::value> bodies;
        for (std::size_t i = 0; i < more_revisions; ++i)
        {
            json::object const metadata{{"name", "busy-" + std::to_string(i)}};
            bodies.push_back({{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", metadata}});
        }
        api.create_all(config_maps, ns, bodies);
    }

    /// Changes all kinds of objects that the controller and the agent watch. Runs after the snapshot.
    void change_everything()
    {
        late = make_namespace();
        set_passwords("second");
        auto const gone = where.back();
        where.pop_back();
        api.remove(namespaces, {}, gone);
        must_be_right("after the changes", watch_limit);
        BOOST_TEST(eventually([&] { return served(late, direct); }));
        put(two);
        BOOST_TEST(eventually([&] { return holds(two); }));
        replace_certificate();
        write_much(late);
        auto const is_gone = [&]() -> verdict { return !api.find(namespaces, {}, gone).has_value(); };
        BOOST_TEST(eventually(is_gone, seconds(60)));
        where.push_back(gone);
    }

    void restore(std::filesystem::path const& snapshot, direction to)
    {
        std::vector<std::string> words{"restore", snapshot};
        if (to == direction::forwards)
            words.insert(words.end(), {"--bump-revision", "1000000000"});
        if (to == direction::forwards)
            control_plane.run(words);
        else
            restore_unseen(words);
        direct.password = spec().password;
        referring.password = spec().password;
    }

    /// Restores while the agent is stopped. When the agent continues, the revisions are already higher than
    /// the newest one that it saw, so the agent cannot detect the restore by comparing revisions.
    void restore_unseen(std::vector<std::string> const& words)
    {
        agent->signal(SIGSTOP);
        control_plane.run(words);
        write_much(where[0]);
        agent->signal(SIGCONT);
    }

    // --- checks

    verdict is_right()
    {
        for (auto const& ns : where)
            for (auto const* const cr : {&direct, &referring})
                if (auto const answer = served(ns, *cr); !answer)
                    return answer;
        return true;
    }

    bool must_be_right(std::string const& when, seconds limit)
    {
        auto const started = steady_clock::now();
        auto const answer = eventually([&] { return is_right(); }, limit);
        std::string const reason(answer.message().begin(), answer.message().size());
        BOOST_TEST(answer, when << ": " << reason);
        auto const took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - started);
        BOOST_TEST_MESSAGE(
            when << ": " << (answer ? "all is right" : "it is not right") << " after " << took.count()
                 << " ms"
        );
        return static_cast<bool>(answer);
    }

    /// Whether the status of `cr` has the current counts and reports success.
    verdict status_is_right(spec const& cr)
    {
        auto const ready = condition_of(api.get(image_pull_secrets, {}, cr.name), "Ready");
        if (ready != "True Converged")
            return wrong(cr.name + " has the condition Ready " + ready);
        auto const namespace_number = static_cast<std::int64_t>(api.list(namespaces).size());
        return counts(cr, namespace_number, static_cast<std::int64_t>(api.list(accounts).size()));
    }

    void statuses_must_be_right()
    {
        for (auto const* const cr : {&direct, &referring})
            BOOST_TEST(eventually([&] { return status_is_right(*cr); }, watch_limit));
    }

    /// Whether the controller serves the certificate in the Secret, and callers trust the certificate.
    verdict certificate_is_right()
    {
        if (auto const answer = is_trusted(); !answer)
            return answer;
        return connect_as_configured() == 0 ? verdict(true) : wrong("callers do not trust the certificate");
    }

    /// Checks that the controller does not repeat refused writes, and does not write objects that are already
    /// correct.
    void must_not_repeat_writes()
    {
        auto const calls_mark = audit.mark();
        let_pass(seconds(5));
        auto const writes = audit.controller_writes(calls_mark);
        auto const conflicts = count_calls(writes, [](auto const& call) { return call.status == 409; });
        BOOST_TEST_MESSAGE(writes.size() << " writes in 5 s, " << conflicts << " of them answered 409");
        BOOST_TEST(conflicts <= 2u, text_of(writes));
        BOOST_TEST(writes.size() <= 5u, text_of(writes));
    }

    std::vector<std::string> where;
    std::string late;
    spec direct;
    spec referring;
    std::string credential;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(restored_etcd, restoration)

BOOST_DATA_TEST_CASE(
    the_snapshot_counts, boost::unit_test::data::make({direction::forwards, direction::backwards}), to
)
{
    BOOST_TEST_MESSAGE("--- " << to);
    auto const snapshot = take_snapshot();
    must_be_right("after the snapshot", watch_limit);
    change_everything();
    auto const pid = controller.pid();
    restore(snapshot, to);

    bool const has_recovered = must_be_right("after the restoration", recovery_limit);
    BOOST_TEST(controller.is_running());
    BOOST_TEST(controller.pid() == pid);
    BOOST_TEST(!api.find(namespaces, {}, late).has_value());
    BOOST_TEST(eventually([&] { return holds(one); }, recovery_limit));
    BOOST_TEST(eventually([&] { return certificate_is_right(); }, recovery_limit));
    statuses_must_be_right();
    must_not_repeat_writes();
    BOOST_TEST_REQUIRE(has_recovered);

    // Checks that each watch delivers later changes.
    strip_references();
    must_be_right("with references taken away", watch_limit);
    set_passwords("third");
    must_be_right("with new passwords", watch_limit);
    api.remove(secrets, where[0], direct.secret());
    api.patch(secrets, where[1], direct.secret(), R"({"data":{".dockerconfigjson":"e30="}})");
    must_be_right("with a Secret deleted and one changed", watch_limit);
    where.push_back(make_namespace());
    must_be_right("with a new namespace", watch_limit);
    auto const fresh = make(spec());
    BOOST_TEST(eventually([&] { return served(where[0], fresh); }, watch_limit));
    put(two);
    BOOST_TEST(eventually([&] { return holds(two); }, watch_limit));
    api.remove(secrets, own_namespace, secret_name);
    BOOST_TEST(eventually([&] { return certificate_is_right(); }, watch_limit));
    statuses_must_be_right();
    BOOST_TEST(eventually([&] { return status_is_right(fresh); }, watch_limit));
    must_not_repeat_writes();
    BOOST_TEST(controller.pid() == pid);
}

BOOST_AUTO_TEST_SUITE_END()
