// SPDX-License-Identifier: Apache-2.0

// The node agent and its ConfigMap, with the account and rights of
// deploy/components/hosts-updater/hosts-updater.yaml: the agent applies the configuration, and does not
// change the hosts file while it cannot read the ConfigMap.
#include "harness/fault_proxy.hpp"
#include "harness/fixture.hpp"
#include "it_hosts_helpers.hpp"

namespace
{

namespace fs = std::filesystem;
using namespace tcr::test;
using tcr::hosts::with_block;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char home[] = "tcr-assistant-system";
constexpr char config_map[] = "updater-config";

struct agents : fixture, hosts_folder
{
    agents() : fixture(without_controller), proxy(control_plane)
    {
        control_plane.kubectl(
            {"apply",
             "-f",
             source_folder() / "deploy" / "components" / "hosts-updater" / "hosts-updater.yaml"}
        );
        control_plane.run({"service-account", home, "hosts-updater", hosts_folder::folder / "account"});
    }
    ~agents() { proxy.heal(); }

    fs::path kubeconfig(std::string const& user) const
    {
        return hosts_folder::write(
            "kubeconfig",
            kubeconfig_text(
                "https://127.0.0.1:" + std::to_string(proxy.port()),
                control_plane.folder() / "certs" / "ca.crt",
                user
            )
        );
    }

    std::vector<std::string> flags() const
    {
        return {"--kubeconfig", kubeconfig("tokenFile: account/token"), "--namespace", home};
    }

    void start_in_cluster() { start(flags()); }

    command_result run_once() const
    {
        auto words = flags();
        words.emplace_back("--once");
        return run_command(command(words));
    }

    void put(std::string const& text)
    {
        json::object data;
        data["hosts.yaml"] = text;
        json::object metadata;
        metadata["name"] = config_map;
        json::object body;
        body["apiVersion"] = "v1";
        body["kind"] = "ConfigMap";
        body["metadata"] = metadata;
        body["data"] = data;
        if (api.find(config_maps, home, config_map))
            api.patch(config_maps, home, config_map, json::serialize(body));
        else
            api.create(config_maps, home, body);
    }
    void put(entries const& wanted) { put(config_text(wanted)); }

    void drop_config_map() { api.remove(config_maps, home, config_map); }

    verdict holds_eventually(entries const& wanted, seconds limit = seconds(20))
    {
        return eventually([&] { return holds(wanted); }, limit);
    }

    /// Checks during `time` that the block does not change.
    void stays(entries const& wanted, seconds time)
    {
        auto const until = std::chrono::steady_clock::now() + time;
        while (std::chrono::steady_clock::now() < until)
        {
            BOOST_TEST_REQUIRE(holds(wanted));
            let_pass(milliseconds(100));
        }
    }

    fault_proxy proxy;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hosts_updater_in_a_cluster, agents)

BOOST_AUTO_TEST_CASE(changes_of_the_config_map_are_applied)
{
    start_in_cluster();
    auto const is_ready = [&]() -> verdict { return probe("readyz").status == 200; };
    BOOST_TEST(eventually(is_ready), log());
    BOOST_TEST(holds(own));
    put(one);
    BOOST_TEST(holds_eventually(one));
    put(config_text(two) + "- {domain: bad_name.example.com, ip: 10.0.0.1}\n");
    BOOST_TEST(holds_eventually(two));
    BOOST_TEST(
        logs("ConfigMap tcr-assistant-system/updater-config, hosts.yaml, line 4, key 'domain': "
             "'bad_name.example.com' is not a domain")
    );
    BOOST_TEST(metric("tcr_assistant_hosts_entries{state=\"applied\"}") == 2);
    BOOST_TEST(metric("tcr_assistant_hosts_entries{state=\"refused\"}") == 1);
    // The agent ignores invalid YAML and ConfigMap keys other than ours.
    put("hosts: [");
    BOOST_TEST(eventually([&] { return logs("is not YAML"); }));
    api.patch(config_maps, home, config_map, R"({"data":{"hosts.yaml":null,"hosts":"hosts: []"}})");
    BOOST_TEST(eventually([&] { return logs("has other keys, but no key 'hosts.yaml'"); }));
    BOOST_TEST(holds(two));
    api.patch(config_maps, home, config_map, R"({"data":{"hosts":null}})");
    BOOST_TEST(holds_eventually({}));
    put(one);
    BOOST_TEST(holds_eventually(one));
    drop_config_map();
    BOOST_TEST(holds_eventually({}));
    put(two);
    BOOST_TEST(holds_eventually(two));
    BOOST_TEST(probe("healthz").status == 200u);
    report_memory("in a cluster");
    stop();
    BOOST_TEST(holds(two));
}

BOOST_AUTO_TEST_CASE(memory_of_a_quiet_agent)
{
    put(one);
    start_in_cluster();
    BOOST_TEST(holds_eventually(one));
    report_memory("in a cluster, just started");
    let_pass(seconds(5));
    report_memory("in a cluster, quiet");
    BOOST_TEST(memory_kib("VmRSS") > 0);
    stop();
}

BOOST_AUTO_TEST_CASE(once_reads_and_exits)
{
    put(one);
    auto const first = run_once();
    BOOST_TEST(first.status == 0, first.err);
    BOOST_TEST(holds(one));
    drop_config_map();
    auto const second = run_once();
    BOOST_TEST(second.status == 0, second.err);
    BOOST_TEST(holds(own));
}

BOOST_AUTO_TEST_CASE(config_map_deleted_while_stopped_removes_the_block)
{
    put(one);
    start_in_cluster();
    BOOST_TEST(holds_eventually(one));
    stop();
    drop_config_map();
    start_in_cluster();
    BOOST_TEST(holds_eventually({}));
    stop();
}

BOOST_AUTO_TEST_CASE(outage_removes_nothing)
{
    put(one);
    start_in_cluster();
    BOOST_TEST(holds_eventually(one));
    proxy.cut();
    stays(one, seconds(3));
    // The agent also repairs drift while the server is unavailable.
    hosts_folder::replace("etc/hosts", own);
    BOOST_TEST(holds_eventually(one));
    stop();
    start_in_cluster();
    BOOST_TEST(eventually([&] { return logs("cannot list or watch; retrying "); }));
    stays(one, seconds(2));
    BOOST_TEST(run_once().status == 1);
    proxy.heal();
    put(two);
    BOOST_TEST(holds_eventually(two, seconds(40)));
    stop();
}

BOOST_AUTO_TEST_CASE(refusals_and_server_errors_remove_nothing)
{
    put(one);
    BOOST_TEST(run_once().status == 0);
    for (int const status : {401, 403, 429, 500, 503, 504})
    {
        proxy.inject({fault::answer(status)});
        start_in_cluster();
        BOOST_TEST(eventually([&] { return logs("cannot list or watch; retrying "); }));
        stays(one, seconds(2));
        BOOST_TEST(run_once().status == 1, status);
        BOOST_TEST(holds(one));
        proxy.heal();
        stop();
    }
    // A 404 in plain text does not come from the API server.
    proxy.inject({fault::answer(404, {}, "404 page not found")});
    BOOST_TEST(run_once().status == 1);
    BOOST_TEST(holds(one));
    proxy.heal();
}

BOOST_AUTO_TEST_CASE(removed_rights_remove_nothing)
{
    put(one);
    BOOST_TEST(run_once().status == 0);
    control_plane.kubectl({"delete", "rolebinding", "-n", home, "hosts-updater"});
    // The server takes a moment to apply the changed rights.
    BOOST_TEST(eventually([&]() -> verdict { return run_once().status == 1; }));
    // The ConfigMap is deleted, but without the right to read it, the agent cannot notice that.
    drop_config_map();
    start_in_cluster();
    BOOST_TEST(eventually([&] { return logs("orbidden"); }));
    stays(one, seconds(3));
    auto const refused = run_once();
    BOOST_TEST(refused.status == 1, refused.err);
    BOOST_TEST(contains(refused.err, "orbidden"), refused.err);
    BOOST_TEST(holds(one));
    control_plane.kubectl(
        {"apply", "-f", source_folder() / "deploy" / "components" / "hosts-updater" / "hosts-updater.yaml"}
    );
    BOOST_TEST(holds_eventually({}, seconds(40)));
    stop();
}

BOOST_AUTO_TEST_CASE(account_may_read_only_its_config_map)
{
    auto const may = [&](std::vector<std::string> words)
    {
        words.insert(words.begin(), {"auth", "can-i"});
        words.insert(
            words.end(), {"-n", home, "--as", "system:serviceaccount:tcr-assistant-system:hosts-updater"}
        );
        return control_plane.try_kubectl(words).status == 0;
    };
    for (std::string const verb : {"list", "watch"})
    {
        BOOST_TEST(may({verb, "configmaps/updater-config"}), verb);
        BOOST_TEST(!may({verb, "configmaps"}), verb);
        BOOST_TEST(!may({verb, "secrets"}), verb);
    }
    for (std::string const verb : {"get", "update"})
        BOOST_TEST(!may({verb, "configmaps/updater-config"}), verb);
}

BOOST_AUTO_TEST_SUITE_END()
