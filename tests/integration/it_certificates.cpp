// SPDX-License-Identifier: Apache-2.0

// The certificate of the webhooks is created, served, trusted, renewed and repaired. No call is refused
// meanwhile.
#include "harness/background.hpp"
#include "harness/secret_memory.hpp"
#include "harness/text.hpp"
#include "it_certificate_helpers.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <set>

namespace
{

using namespace tcr::test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;
using steady_clock = std::chrono::steady_clock;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

}  // namespace

BOOST_FIXTURE_TEST_SUITE(webhook_certificate, certificates)

BOOST_AUTO_TEST_CASE(certificate_of_the_leader_is_trusted_by_both_configurations)
{
    start();
    BOOST_TEST(connect_as_configured() == 0);
    auto const secret = *stored();
    BOOST_TEST(text_at(secret, {"type"}) == "kubernetes.io/tls");
    auto const facts = tcr::net::inspect_certificate(entry("tls.crt"), entry("tls.key"), entry("ca.crt"));
    BOOST_TEST_REQUIRE(facts.has_value());
    BOOST_TEST((facts->not_after > system_clock::now() + std::chrono::hours(24 * 300)));
    BOOST_TEST(eventually([&] { return is_ready(); }));
    // A restarted controller serves the same certificate.
    auto const before = entry("tls.crt");
    controller.stop();
    start();
    BOOST_TEST(entry("tls.crt") == before);
    BOOST_TEST(version_of(*stored()) == version_of(secret));
}

BOOST_AUTO_TEST_CASE(bundle_that_another_client_resets_is_repaired)
{
    start();
    auto const kinds = {
        std::pair{validating_webhooks, validating_name}, std::pair{mutating_webhooks, mutating_name}};
    for (auto const& [type, name] : kinds)
    {
        control_plane.kubectl(
            {"patch",
             type.plural,
             name,
             "--type=json",
             "-p",
             R"([{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}])"}
        );
        BOOST_TEST(eventually([&] { return is_trusted(); }));
        auto const another = issue().ca_pem;
        control_plane.kubectl(
            {"patch",
             type.plural,
             name,
             "--type=json",
             "-p",
             R"([{"op":"add","path":"/webhooks/0/clientConfig/caBundle","value":)" + encoded(another) + "}]"}
        );
        BOOST_TEST(eventually([&] { return is_trusted(); }));
        control_plane.kubectl({"delete", type.plural, name});
        control_plane.run({"webhooks", std::to_string(controller.webhook_port())});
        BOOST_TEST(eventually([&] { return is_trusted(); }));
    }
}

BOOST_AUTO_TEST_CASE(contention_for_the_bundle_is_not_a_hot_loop)
{
    start();
    auto const mark = controller.mark();
    auto const until = steady_clock::now() + seconds(10);
    while (steady_clock::now() < until)
    {
        control_plane.try_kubectl(
            {"patch",
             "validatingwebhookconfigurations",
             validating_name,
             "--type=json",
             "-p",
             R"([{"op":"remove","path":"/webhooks/0/clientConfig/caBundle"}])"}
        );
        let_pass(milliseconds(50));
    }
    auto const repairs = occurrences(controller.log(mark), "restored the caBundle");
    BOOST_TEST_MESSAGE(repairs << " repairs in 10 s of contention");
    BOOST_TEST(repairs >= 1u);
    BOOST_TEST(repairs <= 10u);
    BOOST_TEST(eventually([&] { return is_trusted(); }, seconds(70)));
}

BOOST_AUTO_TEST_CASE(deleted_or_damaged_secret_is_restored)
{
    start();
    auto const certificate = entry("tls.crt");
    auto const is_back = [&]() -> verdict
    { return entry("tls.crt") == certificate && !entry("tls.key").empty(); };
    api.remove(secrets, own_namespace, secret_name);
    BOOST_TEST(eventually(is_back));
    for (std::string const key : {"tls.crt", "tls.key", "ca.crt"})
    {
        change_secret("\"" + key + "\":" + encoded("garbage of " + key));
        auto const is_whole = [&]() -> verdict { return entry(key) != "garbage of " + key && is_back(); };
        BOOST_TEST(eventually(is_whole), key);
    }
    BOOST_TEST(connect_as_configured() == 0);
}

BOOST_AUTO_TEST_CASE(secret_damaged_before_the_start_is_replaced)
{
    start();
    controller.stop();
    change_secret("\"tls.key\":" + encoded("garbage"));
    auto const before = entry("tls.crt");
    controller.start();
    auto const is_new = [&]() -> verdict { return entry("tls.crt") != before && is_trusted() && is_ready(); };
    BOOST_TEST(eventually(is_new));
    BOOST_TEST(connect_as_configured() == 0);
}

BOOST_AUTO_TEST_CASE(secret_of_cert_manager_is_used_and_not_changed)
{
    auto const theirs = make_cert_managers();
    auto const version = version_of(*stored());
    start();
    BOOST_TEST(eventually([&] { return is_ready(); }));
    BOOST_TEST(bundle_of(validating_webhooks, validating_name) == theirs.ca_pem);
    BOOST_TEST(connect_as_configured() == 0);
    BOOST_TEST(version_of(*stored()) == version);
    // The controller uses the renewed Secret and adds no fields to it.
    auto const renewed = issue();
    change_secret(
        "\"ca.crt\":" + encoded(renewed.ca_pem) + ",\"tls.crt\":" + encoded(renewed.certificate_pem) +
        ",\"tls.key\":" + encoded(renewed.key_pem)
    );
    auto const renewed_version = version_of(*stored());
    BOOST_TEST(eventually([&] { return is_trusted(); }));
    auto const is_served = [&]() -> verdict { return connect_as_configured() == 0; };
    BOOST_TEST(eventually(is_served));
    BOOST_TEST(version_of(*stored()) == renewed_version);
}

BOOST_AUTO_TEST_CASE(unusable_foreign_secret_is_reported_and_not_changed)
{
    make_cert_managers();
    change_secret("\"tls.key\":" + encoded("no key"));
    auto const version = version_of(*stored());
    auto const mark = controller.mark();
    // The controller does not become ready.
    controller.start_unsynced();
    auto const is_reported = [&]
    { return controller.has_logged("cannot use the webhook certificate, and it is not ours", mark); };
    BOOST_TEST(eventually(is_reported));
    auto const answer = controller.health("/readyz?verbose");
    BOOST_TEST(answer.status == 500u);
    BOOST_TEST(contains(answer.body, "[-]webhook failed"), answer.body);
    BOOST_TEST(version_of(*stored()) == version);
    // After the Secret is deleted, the controller creates a new Secret.
    api.remove(secrets, own_namespace, secret_name);
    BOOST_TEST(eventually([&] { return is_ready(); }));
}

BOOST_AUTO_TEST_CASE(renewal_refuses_no_call)
{
    std::vector<std::string> const minute{"--webhook-certificate-life=1m"};
    start(minute);
    controller_process standby(control_plane, "standby");
    standby.use_webhooks();
    standby.start(minute);
    // The API server must call the leader, so both configurations get the port of the first replica again.
    control_plane.run({"webhooks", std::to_string(controller.webhook_port())});
    let_pass(seconds(1));

    spec cr;
    cr.name = "stream";
    make(cr);
    auto const ns = make_namespace();
    BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    std::atomic<std::size_t> calls = 0;
    std::atomic<std::size_t> unserved_accounts = 0;
    auto const call = [&](cluster& other)
    {
        spec tried;
        tried.name = "tried";
        tried.namespaces = ns;
        // `value` throws if the webhook cannot be called, because failurePolicy is Fail.
        other.try_to_create(image_pull_secrets, {}, body_of(tried)).value();
        // After 1 s, the API server creates the account without the webhook's answer.
        auto const asked = steady_clock::now();
        auto const account = other.try_to_create(accounts, ns, account_body("tried")).value();
        bool const is_served = references_of(account) == std::vector<std::string>{cr.secret()};
        if (!is_served && steady_clock::now() - asked < seconds(1))
            ++unserved_accounts;
        calls += 2;
        let_pass(milliseconds(20));
    };
    background stream(control_plane.kubeconfig(), call);

    std::set<std::string> seen;
    std::size_t connections = 0;
    std::size_t refused = 0;
    auto const started = steady_clock::now();
    while (seen.size() < 3 && steady_clock::now() - started < seconds(300))
    {
        // Callers and replicas learn of a change at different times. Every combination must trust the
        // certificate.
        auto const bundle = bundle_of(validating_webhooks, validating_name);
        for (auto const port : {controller.webhook_port(), standby.webhook_port()})
        {
            refused += connect(port, bundle, control_plane.folder()) == 0 ? 0u : 1u;
            ++connections;
        }
        seen.insert(entry("tls.crt"));
        let_pass(milliseconds(100));
    }
    auto const failure = stream.stop();
    BOOST_TEST(failure == "");
    BOOST_TEST(refused == 0u);
    BOOST_TEST(seen.size() == 3u);
    BOOST_TEST(unserved_accounts == 0u);
    BOOST_TEST(calls > 200u);
    BOOST_TEST_MESSAGE(
        calls << " admissions by the API server and " << connections << " new connections over "
              << std::chrono::duration_cast<seconds>(steady_clock::now() - started).count() << " s and "
              << seen.size() - 1 << " renewals: none refused"
    );
    standby.stop();
}

BOOST_AUTO_TEST_SUITE_END()
