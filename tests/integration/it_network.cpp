// SPDX-License-Identifier: Apache-2.0

// The controller and the commands reach the API server and the cloud through HTTP proxies, and an API server
// below a path of another server.
#include "harness/fault_proxy.hpp"
#include "harness/tcp_proxy.hpp"
#include "harness/text.hpp"
#include "it_credential_helpers.hpp"
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

namespace
{

using namespace tcr::test;
namespace fs = std::filesystem;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using std::chrono::seconds;

/// A name that the API server's certificate contains and that no name server knows.
std::string const hidden_name = "kubernetes.default.svc";

std::string const password = "pass@word/of:proxy";
std::string const encoded_password = "pass%40word%2Fof:proxy";

/// No controller runs. Each case starts one with its own configuration, and stops it before its proxy.
struct networks : credential_fixture
{
    fs::path folder;
    std::optional<child_process> program;

    networks() : credential_fixture(without_controller), folder(control_plane.folder() / fresh_name())
    {
        fs::create_directories(folder);
        remember_secret(password);
        control_plane.kubectl(
            {"apply", "-f", "-"},
            R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding",)"
            R"("metadata":{"name":"it-network"},)"
            R"("roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole",)"
            R"("name":"cluster-admin"},)"
            R"("subjects":[{"kind":"ServiceAccount","name":"default","namespace":"default"}]})"
        );
    }
    ~networks()
    {
        try
        {
            BOOST_TEST_MESSAGE((program ? program->err() : ""));
            stop();
        }
        catch (std::exception const& e)
        {
            BOOST_ERROR(e.what());
        }
    }

    void start(
        fs::path const& config,
        std::vector<std::string> const& environment = {},
        std::vector<std::string> const& flags = {}
    )
    {
        auto words = controller_without_ports(config);
        words.insert(words.end(), flags.begin(), flags.end());
        program.emplace(words, environment);
    }

    void stop()
    {
        if (!program)
            return;
        program->signal(SIGTERM);
        BOOST_TEST(program->wait(seconds(20)) == 0, program->err());
        BOOST_TEST(!contains(program->err(), "Sanitizer"), program->err());
        program.reset();
    }

    fs::path certificates() const { return control_plane.folder() / "certs"; }

    std::string api_server() const { return "127.0.0.1:" + std::to_string(control_plane.apiserver_port()); }

    /// Writes a kubeconfig with the rights of an administrator. It contains a token, because a proxy that
    /// terminates TLS cannot forward a client certificate. `cluster` contains more fields of the cluster in
    /// YAML flow style, each with a comma before it.
    fs::path kubeconfig(std::string const& server, std::string const& cluster = {}) const
    {
        control_plane.run({"service-account", "default", "default", folder / "account"});
        auto const file = folder / "kubeconfig";
        auto text = kubeconfig_text(server, certificates() / "ca.crt", "tokenFile: account/token");
        auto const end = text.find("}}]\nusers:");
        std::ofstream(file) << text.insert(end, cluster);
        return file;
    }

    verdict logs(std::string const& words, std::size_t mark = 0) const
    {
        auto const text = program->err().substr(mark);
        return contains(text, words) ? verdict(true) : wrong("no '" + words + "' in " + text);
    }

    std::size_t log_mark() const { return program->err().size(); }

    command_result run(std::vector<std::string> words, std::vector<std::string> const& environment = {})
    {
        words.insert(words.begin(), program_under_test());
        return run_command(words, environment);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(network, networks)

BOOST_AUTO_TEST_CASE(proxy_of_the_kubeconfig_carries_all_requests)
{
    auto const login = "Basic " + tcr::base64_encode("joe:" + password);
    tcp_proxy proxy(control_plane.apiserver_port(), login);
    auto const address = "127.0.0.1:" + std::to_string(proxy.port());
    auto const url = "http://joe:" + encoded_password + "@" + address;
    auto const ns = make_namespace();
    // NO_PROXY does not apply to the proxy-url of a kubeconfig, as in kubectl.
    start(kubeconfig("https://" + api_server(), ", proxy-url: '" + url + "'"), {"NO_PROXY=*"});
    auto const cr = serve({ns});
    auto const servers = proxy.servers();
    BOOST_TEST(servers.size() >= 6u);  // five watches, and the pool
    BOOST_TEST(std::count(servers.begin(), servers.end(), api_server()) == std::ssize(servers));

    // The proxy restarts while the watches are open.
    auto mark = log_mark();
    proxy.cut();
    auto const during = make_namespace();
    edit(cr, "{\"namespaces\":\"" + ns + "," + during + "\"}");
    auto const refused =
        "cannot connect to proxy " + address + " for https://" + api_server() + ": Connection refused";
    BOOST_TEST(eventually([&] { return logs(refused, mark); }, seconds(30)));
    proxy.heal();
    BOOST_TEST(eventually([&] { return served(during, cr); }, seconds(60)));

    // The proxy requires another login, and then the first one again.
    mark = log_mark();
    proxy.require("Basic another-login");
    proxy.cut();
    proxy.heal();
    auto const refusal = "proxy " + address + " refuses to connect to https://" + api_server() +
                         ": HTTP 407; correct the user name and password in the URL of the proxy";
    BOOST_TEST(eventually([&] { return logs(refusal, mark); }, seconds(30)));
    proxy.require(login);
    auto const after = make_namespace();
    edit(cr, "{\"namespaces\":\"" + ns + "," + during + "," + after + "\"}");
    BOOST_TEST(eventually([&] { return served(after, cr); }, seconds(60)));
    stop();
}

BOOST_AUTO_TEST_CASE(proxy_of_the_environment_is_used_unless_no_proxy_excludes_the_server)
{
    tcp_proxy proxy(control_plane.apiserver_port(), "");
    auto const config = kubeconfig("https://" + hidden_name + ":6443");
    auto const proxied = "HTTPS_PROXY=127.0.0.1:" + std::to_string(proxy.port());
    auto const ns = make_namespace();
    start(config, {proxied, "NO_PROXY=example.com"});
    auto const cr = serve({ns});
    auto const servers = proxy.servers();
    BOOST_TEST(std::count(servers.begin(), servers.end(), hidden_name + ":6443") == std::ssize(servers));

    std::vector<std::string> const explain{"explain", "-n", ns, "--kubeconfig", config};
    auto const explained = run(explain, {proxied, "NO_PROXY="});
    BOOST_TEST(explained.status == 0, explained.out + explained.err);
    BOOST_TEST(proxy.servers().size() > servers.size());
    auto const excluded = run(explain, {proxied, "NO_PROXY=10.0.0.0/8,.svc"});
    BOOST_TEST(excluded.status == 1);
    BOOST_TEST(
        contains(excluded.err, "cannot find the address of https://" + hidden_name + ":6443: "), excluded.err
    );
    auto const unusable = run(explain, {"HTTPS_PROXY=socks5://joe:" + encoded_password + "@127.0.0.1:1"});
    BOOST_TEST(unusable.status == 2);
    BOOST_TEST(contains(unusable.err, "HTTPS_PROXY does not begin with http://"), unusable.err);
    stop();
}

BOOST_AUTO_TEST_CASE(api_server_below_a_path_is_served)
{
    fault_proxy rancher(control_plane);
    rancher.serve_below("/k8s/clusters/c-abc12");
    auto const ns = make_namespace();
    auto const server = "https://127.0.0.1:" + std::to_string(rancher.port());
    start(kubeconfig(server + "/k8s/clusters/c-abc12/"));
    auto const cr = serve({ns});
    BOOST_TEST(rancher.open_watches() >= 4u);

    rancher.break_connections();
    auto const later = make_namespace();
    edit(cr, "{\"namespaces\":\"" + ns + "," + later + "\"}");
    BOOST_TEST(eventually([&] { return served(later, cr); }, seconds(30)));
    // A Secret is repaired through the watch.
    api.remove(secrets, ns, cr.secret());
    BOOST_TEST(eventually([&] { return served(ns, cr); }, seconds(30)));
    for (auto const& request : rancher.requests())
        BOOST_TEST(request.status != 421, request.target);

    // The commands find the same path in a configuration of two files.
    auto const entries = folder / "entries";
    fs::rename(folder / "kubeconfig", entries);
    std::ofstream(folder / "context") << "contexts: [{name: other, context: {cluster: one, user: me}}]\n"
                                         "current-context: other\n";
    auto const merged = "KUBECONFIG=" + (folder / "gone").string() + ":" + (folder / "context").string() +
                        ":" + entries.string();
    rancher.forget_requests();
    auto const explained = run({"explain", "-n", ns}, {merged});
    BOOST_TEST(explained.status == 0, explained.out + explained.err);
    BOOST_TEST(!rancher.requests().empty());
    stop();
    auto const cleaned = run({"cleanup"}, {merged});
    BOOST_TEST(cleaned.status == 0, cleaned.out + cleaned.err);
    BOOST_TEST(unserved(ns, cr));
    BOOST_TEST(unserved(later, cr));
}

BOOST_AUTO_TEST_CASE(cloud_and_registry_are_reached_through_the_proxy)
{
    fake_cloud const cloud(
        {"--certificate=" + (certificates() / "server.crt").string(),
         "--certificate-key=" + (certificates() / "server.key").string(),
         "--instance=tcr-dg284imq,demo,ap-guangzhou",
         "--registry-user=joe",
         "--registry-password=registry.password"}
    );
    auto const login = "Basic " + tcr::base64_encode("joe:" + password);
    tcp_proxy proxy(cloud.https_port(), login);
    auto const proxied =
        "HTTPS_PROXY=http://joe:" + encoded_password + "@127.0.0.1:" + std::to_string(proxy.port());
    auto flags = cloud.controller_flags();
    std::erase_if(flags, [](auto const& flag) { return flag.starts_with("--tcr-endpoint="); });
    flags.insert(
        flags.end(),
        {"--tcr-endpoint=https://" + hidden_name + "/",
         "--cloud-ca-file=" + (certificates() / "ca.crt").string(),
         "--credential-check-interval=10s"}
    );
    auto const ns = make_namespace();
    // The API server has a loopback address, which never uses the proxy of the environment.
    start(kubeconfig("https://" + api_server()), {proxied, "NO_PROXY="}, flags);
    auto const token = make_referring(cloud_fixture::token_spec(ns));
    BOOST_TEST(
        eventually([&] { return has_condition(token, "CredentialValid", "True TokenFresh"); }, seconds(30))
    );
    drop_referring();

    spec checked;
    checked.namespaces = ns;
    checked.server = "kubernetes.default";
    checked.username = "joe";
    checked.password = "registry.password";
    checked = make(checked);
    auto const is_accepted = [&] { return has_condition(checked.name, "CredentialValid", "True Accepted"); };
    BOOST_TEST(eventually(is_accepted, seconds(30)));
    auto const servers = proxy.servers();
    for (auto const& server : {hidden_name + ":443", std::string("kubernetes.default:443")})
        BOOST_TEST(std::count(servers.begin(), servers.end(), server) > 0, server);
    BOOST_TEST(std::count(servers.begin(), servers.end(), api_server()) == 0);

    // The condition shows an error of the proxy.
    proxy.require("Basic another-login");
    edit(checked, R"({"docker":{"username":"another"}})");
    auto const is_unverified = [&]() -> verdict
    {
        auto const object = api.get(image_pull_secrets, {}, checked.name);
        auto const text = json::serialize(at(object, {"status", "conditions"}));
        return contains(text, "HTTP 407") ? verdict(true) : wrong(text);
    };
    BOOST_TEST(eventually(is_unverified, seconds(30)));
    stop();
}

BOOST_AUTO_TEST_SUITE_END()
