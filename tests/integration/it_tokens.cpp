// SPDX-License-Identifier: Apache-2.0

// The controller creates each token of TCR once, renews it in time, and keeps it through outages, restarts
// and failovers.
#include "harness/short_lease.hpp"
#include "it_credential_helpers.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

namespace fs = std::filesystem;

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char token_secret[] = "tcr-assistant-token-tcr-dg284imq-ap-guangzhou-temp";

struct short_token_lives : cloud_fixture
{
    short_token_lives() : cloud_fixture(seconds(12)) {}
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(token_of_an_instance, long_token_lives)

BOOST_AUTO_TEST_CASE(token_is_created_once_and_reused_after_a_restart)
{
    start();
    auto const where = make_namespaces(3);
    auto const pub = make_referring(token_spec(list_of(where)));
    auto const vpc = make_referring(token_spec(list_of(where), "demo-vpc.tencentcloudcr.com"));
    for (auto const& ns : where)
    {
        BOOST_TEST(eventually([&] { return has_last_token(ns, pub); }));
        BOOST_TEST(eventually([&] { return has_last_token(ns, vpc, "demo-vpc.tencentcloudcr.com"); }));
    }
    BOOST_TEST(cloud.minted() == 1u);
    BOOST_TEST(eventually([&] { return has_condition(pub, "CredentialValid", "True TokenFresh"); }));
    BOOST_TEST(eventually([&] { return has_condition(pub, "Ready", "True Converged"); }));

    // The expiry is in the status, in the annotations and in the metrics.
    auto const end = cloud.last_expiry();
    auto const cr = api.get(image_pull_secrets, {}, pub);
    BOOST_TEST(text_at(cr, {"status", "credential", "expiresAt"}) == end);
    BOOST_TEST(text_at(cr, {"status", "credential", "lastRefreshTime"}) != "");
    auto const secret = api.get(secrets, where[0], "tcr.ips" + pub);
    BOOST_TEST(text_at(secret, {"metadata", "annotations", "tcr.tencentcloudcr.com/expires-at"}) == end);
    auto const page = controller.metrics().body;
    BOOST_TEST(
        page.find("tcr_assistant_credential_expiry_timestamp_seconds{imagepullsecret=\"" + pub + "\"}") !=
        std::string::npos
    );
    BOOST_TEST(page.find("tcr_assistant_tokens_minted_total 1\n") != std::string::npos);
    BOOST_TEST(page.find("tcr_assistant_cloud_identity{source=\"folder\"} 1\n") != std::string::npos);
    BOOST_TEST(
        page.find("tcr_assistant_cloud_requests_total{action=\"CreateInstanceToken\",result=\"success\"} 1\n"
        ) != std::string::npos
    );

    auto const mark = audit.mark();
    controller.stop();
    start();
    BOOST_TEST(eventually([&] { return leads(controller); }));
    let_pass(a_while);
    BOOST_TEST(cloud.minted() == 1u);
    for (auto const& call : audit.controller_writes(mark))
        BOOST_TEST(
            (call.resource == "leases" || call.resource == "events"), call.resource << " " << call.name
        );
    controller.kill();
    BOOST_TEST(
        eventually([&] { return controller.is_running() ? wrong("the controller runs") : verdict(true); })
    );
    start();
    auto const late = make_namespace();
    edit(spec_of(pub, {}, "not.used.here"), R"({"namespaces":")" + list_of(where) + "," + late + "\"}");
    BOOST_TEST(eventually([&] { return has_last_token(late, pub); }));
    BOOST_TEST(cloud.minted() == 1u);
}

BOOST_AUTO_TEST_CASE(token_is_distributed_for_no_other_server)
{
    start();
    auto const ns = make_namespace();
    auto const good = make_referring(token_spec(ns));
    BOOST_TEST(eventually([&] { return has_last_token(ns, good); }));
    for (auto const* server :
         {"evil.example.com", "other.tencentcloudcr.com", "demo.tencentcloudcr.com.evil.org"})
    {
        auto const cr = make_referring(token_spec(ns, server));
        BOOST_TEST(
            eventually([&] { return has_condition(cr, "CredentialValid", "False ForeignServer"); }), server
        );
        BOOST_TEST(has_condition(cr, "Stalled", "True ForeignServer"));
        let_pass(a_while);
        BOOST_TEST(!api.find(secrets, ns, "tcr.ips" + cr).has_value());
    }
    // A path makes no difference.
    auto const with_path = make_referring(token_spec(ns, "demo.tencentcloudcr.com/team"));
    BOOST_TEST(eventually([&] { return has_condition(with_path, "CredentialValid", "True TokenFresh"); }));
    BOOST_TEST(cloud.minted() == 1u);
}

BOOST_AUTO_TEST_CASE(secret_of_a_tenant_with_that_name_is_not_used)
{
    start();
    auto const ns = make_namespace();
    json::object const body{
        {"apiVersion", "v1"},
        {"kind", "Secret"},
        {"metadata", {{"name", token_secret}, {"labels", {{credential_label, "token"}}}}},
        {"stringData",
         {{"registryId", "tcr-dg284imq"},
          {"region", "ap-guangzhou"},
          {"tokenType", "temp"},
          {"username", "evil"},
          {"password", "tenants.own.token"},
          {"expiresAt", "2099-01-01T00:00:00Z"},
          {"mintedAt", "2026-01-01T00:00:00Z"},
          {"servers", "demo.tencentcloudcr.com"}}}};
    api.create(secrets, ns, body);
    auto const cr = make_referring(token_spec(ns));
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    BOOST_TEST(cloud.minted() == 1u);
}

BOOST_AUTO_TEST_CASE(deleting_its_secret_requests_a_new_token)
{
    start();
    auto const ns = make_namespace();
    auto const cr = make_referring(token_spec(ns));
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    auto const uid = uid_of(api.get(secrets, ns, "tcr.ips" + cr));
    api.remove(secrets, home, token_secret);
    BOOST_TEST(eventually([&] { return cloud.minted() == 2 ? verdict(true) : wrong("no token was created"); })
    );
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    BOOST_TEST(uid_of(api.get(secrets, ns, "tcr.ips" + cr)) == uid);
    BOOST_TEST(eventually(
        [&]
        { return api.find(secrets, home, token_secret) ? verdict(true) : wrong("the token is not stored"); }
    ));
}

BOOST_AUTO_TEST_CASE(refused_keys_are_reported_and_correct_ones_are_used_later)
{
    auto flags = cloud.controller_flags();
    for (auto& flag : flags)
        if (flag.starts_with("--cloud-key-dir="))
            flag = "--cloud-key-dir=" + (control_plane.folder() / "no-keys").string();
    fs::create_directories(control_plane.folder() / "no-keys");
    std::ofstream(control_plane.folder() / "no-keys" / "secretId") << "AKIDunknown0123456789";
    std::ofstream(control_plane.folder() / "no-keys" / "secretKey") << "wrong.secret.key";
    remember_secret("wrong.secret.key");
    controller.start(flags);
    auto const ns = make_namespace();
    auto const cr = make_referring(token_spec(ns));
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False NoToken"); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "Stalled", "True NoToken"); }));
    BOOST_TEST(cloud.minted() == 0u);
    BOOST_TEST(eventually([&] { return controller.has_logged("AuthFailure", 0); }));
    controller.stop();
    start();
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
}

BOOST_AUTO_TEST_CASE(longterm_token_is_created_only_once)
{
    start();
    auto const ns = make_namespace();
    auto const cr = make_referring(token_spec(ns, "demo.tencentcloudcr.com", "longterm"));
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    BOOST_TEST(cloud.minted() == 1u);
    auto const token = cloud.last_token();
    controller.stop();
    api.remove(secrets, home, "tcr-assistant-token-tcr-dg284imq-ap-guangzhou-longterm");
    start();
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False NoToken"); }));
    BOOST_TEST(cloud.minted() == 1u);
    // Without --cluster-name, the UID of the namespace kube-system identifies the cluster. This UID never
    // changes.
    auto const description =
        "tcr-assistant, cluster " + uid_of(api.get(namespaces, {}, "kube-system")) + ", 1";
    BOOST_TEST(eventually([&] { return controller.has_logged(description, 0); }));
    // The controller keeps the distributed token.
    BOOST_TEST(password_in(ns, cr) == token);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(renewal, short_token_lives)

BOOST_AUTO_TEST_CASE(token_is_renewed_in_time_and_in_place_again_and_again)
{
    start();
    auto const where = make_namespaces(2);
    auto const cr = make_referring(token_spec(list_of(where)));
    for (auto const& ns : where)
    {
        BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
        BOOST_TEST(eventually([&] { return verdict(references(ns) == std::vector{"tcr.ips" + cr}); }));
    }
    auto const uid = uid_of(api.get(secrets, where[0], "tcr.ips" + cr));
    auto const mark = audit.mark();
    auto const started = std::chrono::steady_clock::now();
    int ended = 0;
    // 30 s are five half lives of a token.
    while (std::chrono::steady_clock::now() - started < seconds(30))
    {
        for (auto const& ns : where)
        {
            auto const secret = api.find(secrets, ns, "tcr.ips" + cr);
            if (!secret)
                continue;
            auto const end = tcr::parse_rfc3339(
                text_at(*secret, {"metadata", "annotations", "tcr.tencentcloudcr.com/expires-at"})
            );
            ended += !end || *end <= std::chrono::system_clock::now() ? 1 : 0;
        }
        let_pass(milliseconds(50));
    }
    BOOST_TEST(ended == 0);
    // The time between renewals is 5.4 to 6.6 s. The check below has a resolution of one second.
    BOOST_TEST(cloud.minted() >= 5u);
    BOOST_TEST(cloud.minted() <= 8u);
    BOOST_TEST(uid_of(api.get(secrets, where[0], "tcr.ips" + cr)) == uid);
    for (auto const& call : audit.controller_writes(mark))
        BOOST_TEST(call.resource != "serviceaccounts");
}

BOOST_AUTO_TEST_CASE(failed_renewal_is_reported_with_rising_severity_and_the_last_token_stays)
{
    start();
    auto const ns = make_namespace();
    auto const cr = make_referring(token_spec(ns));
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    cloud.control("fail?http=503");
    auto const minted = cloud.minted();
    auto const last = cloud.last_token();
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "True RefreshFailing"); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False Expired"); }));
    BOOST_TEST(password_in(ns, cr) == last);
    for (auto const* reason : {"Warning RefreshFailing", "Warning ExpiresSoon", "Warning Expired"})
        BOOST_TEST(eventually([&] { return has_event(cr, reason); }));
    BOOST_TEST(cloud.minted() == minted);
    cloud.control("clear");
    BOOST_TEST(
        eventually([&] { return cloud.minted() > minted ? verdict(true) : wrong("no token is created"); })
    );
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "True TokenFresh"); }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(two_replicas, long_token_lives)

BOOST_AUTO_TEST_CASE(standby_creates_no_token_and_takes_over_the_leaders)
{
    auto flags = cloud.controller_flags();
    auto const lease_flags = short_lease().flags();
    flags.insert(flags.end(), lease_flags.begin(), lease_flags.end());
    controller_process first(control_plane, "a");
    controller_process second(control_plane, "b");
    first.start(flags);
    second.start(flags);
    auto const ns = make_namespace();
    auto const cr = make_referring(token_spec(ns));
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    BOOST_TEST(cloud.minted() == 1u);
    bool const is_first = bool(leads(first));
    BOOST_TEST((is_first || leads(second)));
    (is_first ? first : second).kill();
    auto const late = make_namespace();
    edit(spec_of(cr, {}, "not.used.here"), R"({"namespaces":")" + ns + "," + late + "\"}");
    BOOST_TEST(eventually([&] { return has_last_token(late, cr); }));
    BOOST_TEST(cloud.minted() == 1u);
    BOOST_TEST(leads(is_first ? second : first));
    drop_referring();
    (is_first ? second : first).stop();
}

BOOST_AUTO_TEST_SUITE_END()
