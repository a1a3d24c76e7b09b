// Credentials that do not stand in the ImagePullSecret: passwords in Secrets of our own namespace, tokens of TCR, the
// ImagePullSecrets of a list of instances, and whether registries take them.
#include "harness/fake_cloud.hpp"
#include "harness/scene.hpp"
#include "harness/secret_memory.hpp"
#include <tcr/util/strings.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>

namespace
{

using namespace tcr::test;
namespace fs = std::filesystem;

BOOST_TEST_GLOBAL_FIXTURE(stage_owner);

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char home[] = "tcr-assistant-system";
constexpr char credential_label[] = "tcr.tencentcloudcr.com/credential";
constexpr char token_secret[] = "tcr-assistant-token-tcr-dg284imq-ap-guangzhou-temp";

/// Long enough for whatever would be done to be done.
constexpr milliseconds a_while{700};

/// "status reason" of a condition; empty where there is none.
std::string condition_of(json::object const& cr, std::string_view type)
{
    auto const list = at(cr, {"status", "conditions"});
    if (list.is_array())
        for (auto const& each : list.get_array())
            if (each.at("type").as_string() == type)
                return std::string(each.at("status").as_string()) + " " +
                       std::string(each.at("reason").as_string());
    return {};
}

/// What all cases here need.
struct credential_scene : scene
{
    using scene::scene;

    void put_password(
        std::string const& name, std::string const& value, std::string const& ns = home, bool has_label = true
    )
    {
        remember_secret(value);
        json::object metadata{{"name", name}};
        if (has_label)
            metadata["labels"] = json::object{{credential_label, "true"}};
        json::object const body{
            {"apiVersion", "v1"},
            {"kind", "Secret"},
            {"metadata", metadata},
            {"data", {{"password", tcr::base64_encode(value)}}}};
        api.create(secrets, ns, body);
        if (ns == home)
            made_.push_back(name);
    }

    void change_password(std::string const& name, std::string const& value)
    {
        remember_secret(value);
        api.patch(secrets, home, name, R"({"data":{"password":")" + tcr::base64_encode(value) + "\"}}");
    }

    ~credential_scene()
    {
        for (auto const& name : made_)
            api.remove(secrets, home, name);
    }

    verdict has_condition(std::string const& cr, std::string const& type, std::string const& wanted)
    {
        auto const told = condition_of(api.get(image_pull_secrets, {}, cr), type);
        return told == wanted ? verdict(true)
                              : wrong(type + " of " + cr + " is \"" + told + "\", not \"" + wanted + '"');
    }

    /// "type reason"
    verdict has_event(std::string const& cr, std::string const& wanted)
    {
        std::string told;
        for (auto const& event : api.list(events, "default"))
            if (text_at(event, {"involvedObject", "name"}) == cr)
                told += text_at(event, {"type"}) + " " + text_at(event, {"reason"}) + "; ";
        return told.find(wanted + ";") != std::string::npos ? verdict(true)
                                                            : wrong("there are the Events " + told);
    }

    /// A CR whose credential comes from elsewhere; `spec` is JSON.
    std::string make_referring(std::string const& spec)
    {
        auto const name = fresh_name();
        json::object const body{
            {"apiVersion", "tcr.tencentcloudcr.com/v1"},
            {"kind", "ImagePullSecret"},
            {"metadata", {{"name", name}}},
            {"spec", json::parse(spec)}};
        api.create(image_pull_secrets, {}, body);
        crs_.push_back(name);
        return name;
    }

    void drop_referring()
    {
        for (auto const& name : crs_)
            api.remove(image_pull_secrets, {}, name);
        crs_.clear();
    }

    /// As `scene::served` wants it.
    wish wish_of(std::string const& cr, std::vector<std::string> const& where, std::string const& password)
        const
    {
        wish expected;
        expected.name = cr;
        expected.namespaces = list_of(where);
        expected.password = password;
        return expected;
    }

    std::vector<std::string> made_;
    std::vector<std::string> crs_;
};

std::string spec_with_reference(std::string const& ns, std::string const& secret, std::string const& key = {})
{
    return R"({"namespaces":")" + ns +
           R"(","docker":{"server":"registry.example.com","username":"100012345678","passwordSecretRef":{"name":")" +
           secret + "\"" + (key.empty() ? "" : R"(,"key":")" + key + "\"") + "}}}";
}

/// The same with the stage's own controller, without a cloud.
struct passwords : credential_scene
{
    ~passwords() { drop_referring(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(password_from_secret, passwords)

BOOST_AUTO_TEST_CASE(it_is_distributed_and_followed_in_place)
{
    auto const where = make_namespaces(3);
    auto const secret = fresh_name();
    put_password(secret, "first.from.secret\n");
    auto const cr = make_referring(spec_with_reference(list_of(where), secret));
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, wish_of(cr, where, "first.from.secret")); }));
    auto const uid = uid_of(api.get(secrets, where[0], "tcr.ips" + cr));

    auto const mark = audit.mark();
    change_password(secret, "second.from.secret");
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, wish_of(cr, where, "second.from.secret")); }));
    BOOST_TEST(uid_of(api.get(secrets, where[0], "tcr.ips" + cr)) == uid);
    let_pass(a_while);
    for (auto const& call : audit.controller_writes(mark))
        BOOST_TEST(call.resource != "serviceaccounts");
}

BOOST_AUTO_TEST_CASE(a_secret_that_does_not_exist_yet_is_waited_for)
{
    auto const ns = make_namespace();
    auto const secret = fresh_name();
    auto const cr = make_referring(spec_with_reference(ns, secret));
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False SecretNotFound"); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "Ready", "False SecretNotFound"); }));
    BOOST_TEST(!api.find(secrets, ns, "tcr.ips" + cr).has_value());
    put_password(secret, "late.from.secret");
    BOOST_TEST(eventually([&] { return served(ns, wish_of(cr, {ns}, "late.from.secret")); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "Ready", "True Converged"); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "Unknown NotChecked"); }));
}

BOOST_AUTO_TEST_CASE(without_the_label_or_in_another_namespace_it_is_not_read)
{
    auto const ns = make_namespace();
    auto const unmarked = fresh_name();
    put_password(unmarked, "unmarked.from.secret", home, false);
    auto const elsewhere = fresh_name();
    put_password(elsewhere, "tenants.from.secret", ns);
    for (auto const& secret : {unmarked, elsewhere})
    {
        auto const cr = make_referring(spec_with_reference(ns, secret));
        BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False SecretNotFound"); }));
        let_pass(a_while);
        BOOST_TEST(!api.find(secrets, ns, "tcr.ips" + cr).has_value());
    }
    // The label is the permission: giving it is enough.
    api.patch(
        secrets, home, unmarked, R"({"metadata":{"labels":{"tcr.tencentcloudcr.com/credential":"true"}}})"
    );
    BOOST_TEST(eventually([&] { return served(ns, wish_of(crs_[0], {ns}, "unmarked.from.secret")); }));
}

BOOST_AUTO_TEST_CASE(what_goes_takes_nothing_away_and_new_namespaces_are_served_all_the_same)
{
    auto const first = make_namespace();
    auto const second = fresh_name();
    auto const secret = fresh_name();
    put_password(secret, "lasting.from.secret");
    std::vector<std::string> const where{first, second};
    auto const cr = make_referring(spec_with_reference(list_of(where), secret));
    BOOST_TEST(eventually([&] { return served(first, wish_of(cr, where, "lasting.from.secret")); }));

    api.patch(secrets, home, secret, R"({"data":{"password":null,"other":"eA=="}})");
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "Unknown KeyNotFound"); }));
    api.patch(secrets, home, secret, R"({"data":{"password":"/w=="}})");
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "Unknown InvalidSecret"); }));
    api.remove(secrets, home, secret);
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "Unknown SecretNotFound"); }));
    BOOST_TEST(served(first, wish_of(cr, where, "lasting.from.secret")));
    make_namespace_called(second);
    BOOST_TEST(eventually([&] { return served(second, wish_of(cr, where, "lasting.from.secret")); }));
}

BOOST_AUTO_TEST_CASE(a_restart_while_it_is_gone_removes_nothing)
{
    auto const ns = make_namespace();
    auto const secret = fresh_name();
    put_password(secret, "restart.from.secret");
    auto const cr = make_referring(spec_with_reference(ns, secret));
    auto const expected = wish_of(cr, {ns}, "restart.from.secret");
    BOOST_TEST(eventually([&] { return served(ns, expected); }));
    controller.stop();
    api.remove(secrets, home, secret);
    controller.start();
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False SecretNotFound"); }));
    let_pass(a_while);
    BOOST_TEST(served(ns, expected));
    put_password(secret, "again.from.secret");
    BOOST_TEST(eventually([&] { return served(ns, wish_of(cr, {ns}, "again.from.secret")); }));
}

BOOST_AUTO_TEST_SUITE_END()

namespace
{

/// A controller of its own beside a fake of the cloud, whose tokens live for `life`.
struct cloud_scene : credential_scene
{
    explicit cloud_scene(seconds life, std::vector<std::string> const& more = {})
        : credential_scene(without_controller), cloud(flags_for(life, more))
    {
    }
    ~cloud_scene()
    {
        drop_referring();
        let_pass(a_while);
        if (controller.is_running())
            controller.stop();
        for (auto const& each : api.list(secrets, home))
            if (name_of(each).starts_with("tcr-assistant-token-"))
                api.remove(secrets, home, name_of(each));
        controller.start();
    }

    static std::vector<std::string> flags_for(seconds life, std::vector<std::string> const& more)
    {
        std::vector<std::string> flags{
            "--token-life=" + std::to_string(life.count()), "--instance=tcr-dg284imq,demo,ap-guangzhou"};
        flags.insert(flags.end(), more.begin(), more.end());
        return flags;
    }

    void start(std::vector<std::string> const& more = {})
    {
        auto flags = cloud.controller_flags();
        flags.insert(flags.end(), more.begin(), more.end());
        controller.start(flags);
    }

    static std::string spec(
        std::string const& ns,
        std::string const& server = "demo.tencentcloudcr.com",
        std::string const& type = "temp"
    )
    {
        return R"({"namespaces":")" + ns + R"(","docker":{"server":")" + server +
               R"("},"tcr":{"registryId":"tcr-dg284imq","region":"ap-guangzhou","tokenType":")" + type +
               "\"}}";
    }

    /// The password of the Secret in a namespace; empty where there is none.
    std::string password_in(
        std::string const& ns, std::string const& cr, std::string const& server = "demo.tencentcloudcr.com"
    )
    {
        auto const secret = api.find(secrets, ns, "tcr.ips" + cr);
        if (!secret)
            return {};
        auto const config = json::parse(docker_config_of(*secret));
        auto const* login = config.at("auths").as_object().if_contains(server);
        return login == nullptr ? std::string() : std::string(login->at("password").as_string());
    }

    static verdict leads(controller_process const& which)
    {
        constexpr char metric[] = "leader_election_master_status{name=\"tcr-assistant-leader-election\"} 1\n";
        return which.metrics().body.find(metric) != std::string::npos ? verdict(true)
                                                                      : wrong("it does not lead");
    }

    verdict has_last_token(
        std::string const& ns, std::string const& cr, std::string const& server = "demo.tencentcloudcr.com"
    )
    {
        auto const there = password_in(ns, cr, server);
        return !there.empty() && there == cloud.last_token() ? verdict(true)
                                                             : wrong(ns + " has not the last token");
    }

    fake_cloud cloud;
};

struct long_lives : cloud_scene
{
    long_lives() : cloud_scene(seconds(3600)) {}
};

struct short_lives : cloud_scene
{
    short_lives() : cloud_scene(seconds(12)) {}
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(token_of_an_instance, long_lives)

BOOST_AUTO_TEST_CASE(it_is_made_once_for_all_and_taken_up_again_after_a_restart)
{
    start();
    auto const where = make_namespaces(3);
    auto const pub = make_referring(spec(list_of(where)));
    auto const vpc = make_referring(spec(list_of(where), "demo-vpc.tencentcloudcr.com"));
    for (auto const& ns : where)
    {
        BOOST_TEST(eventually([&] { return has_last_token(ns, pub); }));
        BOOST_TEST(eventually([&] { return has_last_token(ns, vpc, "demo-vpc.tencentcloudcr.com"); }));
    }
    BOOST_TEST(cloud.minted() == 1u);
    BOOST_TEST(eventually([&] { return has_condition(pub, "CredentialValid", "True TokenFresh"); }));
    BOOST_TEST(eventually([&] { return has_condition(pub, "Ready", "True Converged"); }));

    // When it ends stands in the status, in the annotations and in the metrics.
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
    BOOST_TEST(eventually([&] { return controller.is_running() ? wrong("it runs") : verdict(true); }));
    start();
    auto const late = make_namespace();
    edit(wish_of(pub, {}, "not.used.here"), R"({"namespaces":")" + list_of(where) + "," + late + "\"}");
    BOOST_TEST(eventually([&] { return has_last_token(late, pub); }));
    BOOST_TEST(cloud.minted() == 1u);
}

BOOST_AUTO_TEST_CASE(it_goes_to_no_other_server)
{
    start();
    auto const ns = make_namespace();
    auto const good = make_referring(spec(ns));
    BOOST_TEST(eventually([&] { return has_last_token(ns, good); }));
    for (auto const* server :
         {"evil.example.com", "other.tencentcloudcr.com", "demo.tencentcloudcr.com.evil.org"})
    {
        auto const cr = make_referring(spec(ns, server));
        BOOST_TEST(
            eventually([&] { return has_condition(cr, "CredentialValid", "False ForeignServer"); }), server
        );
        let_pass(a_while);
        BOOST_TEST(!api.find(secrets, ns, "tcr.ips" + cr).has_value());
    }
    BOOST_TEST(cloud.minted() == 1u);
}

BOOST_AUTO_TEST_CASE(a_tenants_secret_of_that_name_is_not_believed)
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
    auto const cr = make_referring(spec(ns));
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    BOOST_TEST(cloud.minted() == 1u);
}

BOOST_AUTO_TEST_CASE(deleting_its_secret_asks_for_a_fresh_one)
{
    start();
    auto const ns = make_namespace();
    auto const cr = make_referring(spec(ns));
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    auto const uid = uid_of(api.get(secrets, ns, "tcr.ips" + cr));
    api.remove(secrets, home, token_secret);
    BOOST_TEST(eventually([&] { return cloud.minted() == 2 ? verdict(true) : wrong("none was made"); }));
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    BOOST_TEST(uid_of(api.get(secrets, ns, "tcr.ips" + cr)) == uid);
    BOOST_TEST(eventually(
        [&] { return api.find(secrets, home, token_secret) ? verdict(true) : wrong("it is not kept"); }
    ));
}

BOOST_AUTO_TEST_CASE(keys_that_are_refused_are_told_and_nothing_is_lost_when_they_are_right)
{
    auto flags = cloud.controller_flags();
    for (auto& flag : flags)
        if (flag.starts_with("--cloud-key-dir="))
            flag = "--cloud-key-dir=" + (plane.folder() / "no-keys").string();
    fs::create_directories(plane.folder() / "no-keys");
    std::ofstream(plane.folder() / "no-keys" / "secretId") << "AKIDunknown0123456789";
    std::ofstream(plane.folder() / "no-keys" / "secretKey") << "wrong.secret.key";
    remember_secret("wrong.secret.key");
    controller.start(flags);
    auto const ns = make_namespace();
    auto const cr = make_referring(spec(ns));
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False NoToken"); }));
    BOOST_TEST(cloud.minted() == 0u);
    BOOST_TEST(eventually([&] { return controller.has_said("AuthFailure", 0); }));
    controller.stop();
    start();
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
}

BOOST_AUTO_TEST_CASE(of_a_longterm_token_there_is_never_a_second)
{
    start({"--cluster-name=test"});
    auto const ns = make_namespace();
    auto const cr = make_referring(spec(ns, "demo.tencentcloudcr.com", "longterm"));
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    BOOST_TEST(cloud.minted() == 1u);
    auto const token = cloud.last_token();
    controller.stop();
    api.remove(secrets, home, "tcr-assistant-token-tcr-dg284imq-ap-guangzhou-longterm");
    start({"--cluster-name=test"});
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False NoToken"); }));
    BOOST_TEST(cloud.minted() == 1u);
    BOOST_TEST(eventually([&] { return controller.has_said("tcr-assistant, cluster test, 1", 0); }));
    // What was distributed works on.
    BOOST_TEST(password_in(ns, cr) == token);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(renewal, short_lives)

BOOST_AUTO_TEST_CASE(it_comes_in_time_in_place_and_without_end)
{
    start();
    auto const where = make_namespaces(2);
    auto const cr = make_referring(spec(list_of(where)));
    BOOST_TEST(eventually([&] { return has_last_token(where[0], cr); }));
    auto const uid = uid_of(api.get(secrets, where[0], "tcr.ips" + cr));
    auto const mark = audit.mark();
    auto const begun = std::chrono::steady_clock::now();
    int ended = 0;
    // Five half lives.
    while (std::chrono::steady_clock::now() - begun < seconds(30))
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
    // Every 5.4 to 6.6 s, to the second below.
    BOOST_TEST(cloud.minted() >= 5u);
    BOOST_TEST(cloud.minted() <= 8u);
    BOOST_TEST(uid_of(api.get(secrets, where[0], "tcr.ips" + cr)) == uid);
    for (auto const& call : audit.controller_writes(mark))
        BOOST_TEST(call.resource != "serviceaccounts");
}

BOOST_AUTO_TEST_CASE(what_keeps_it_from_coming_is_told_louder_and_louder_and_the_last_token_stays)
{
    start();
    auto const ns = make_namespace();
    auto const cr = make_referring(spec(ns));
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
    BOOST_TEST(eventually([&] { return cloud.minted() > minted ? verdict(true) : wrong("none is made"); }));
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "True TokenFresh"); }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(two_replicas, long_lives)

BOOST_AUTO_TEST_CASE(the_standby_makes_no_token_and_takes_over_the_leaders)
{
    std::vector<std::string> flags = cloud.controller_flags();
    for (auto const* each :
         {"--leader-elect-lease-duration=3s",
          "--leader-elect-renew-deadline=2s",
          "--leader-elect-retry-period=400ms"})
        flags.push_back(each);
    controller_process first(plane, "a");
    controller_process second(plane, "b");
    first.start(flags);
    second.start(flags);
    auto const ns = make_namespace();
    auto const cr = make_referring(spec(ns));
    BOOST_TEST(eventually([&] { return has_last_token(ns, cr); }));
    BOOST_TEST(cloud.minted() == 1u);
    bool const is_first = bool(leads(first));
    BOOST_TEST((is_first || leads(second)));
    (is_first ? first : second).kill();
    auto const late = make_namespace();
    edit(wish_of(cr, {}, "not.used.here"), R"({"namespaces":")" + ns + "," + late + "\"}");
    BOOST_TEST(eventually([&] { return has_last_token(late, cr); }));
    BOOST_TEST(cloud.minted() == 1u);
    BOOST_TEST(leads(is_first ? second : first));
    drop_referring();
    (is_first ? second : first).stop();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(list_of_instances, long_lives)

BOOST_AUTO_TEST_CASE(its_imagepullsecrets_are_made_kept_and_removed_and_no_others)
{
    auto const file = plane.folder() / "instances.yaml";
    auto const write = [&](std::string const& text)
    {
        std::ofstream(file.string() + ".new") << text;
        fs::rename(file.string() + ".new", file);
    };
    auto const ns = make_namespace();
    auto const instance = [&](std::string const& domains)
    {
        return "instances: [{registryId: tcr-dg284imq, region: ap-guangzhou, domains: [" + domains +
               "], namespaces: " + ns + "}]\n";
    };
    // People's own, one of them under a name that the list wants.
    auto theirs = make({"tcr-theirs-public", ns});
    write(
        instance("public, vpc") +
        "global: {imagePullSecretsCrs: [{name: tcr-theirs-public, namespaces: other, dockerUsername: u, "
        "dockerPassword: values.own.password, dockerServer: x.y}]}"
    );
    remember_secret("values.own.password");
    start({"--instances-file=" + file.string()});
    BOOST_TEST(eventually([&] { return has_last_token(ns, "tcr-dg284imq-public"); }));
    BOOST_TEST(eventually([&]
                          { return has_last_token(ns, "tcr-dg284imq-vpc", "demo-vpc.tencentcloudcr.com"); }));
    BOOST_TEST(cloud.minted() == 1u);
    BOOST_TEST(text_at(api.get(image_pull_secrets, {}, theirs.name), {"spec", "namespaces"}) == ns);
    BOOST_TEST(controller.log().find("tcr-theirs-public") != std::string::npos);

    // What is changed by hand is changed back.
    api.patch(image_pull_secrets, {}, "tcr-dg284imq-public", R"({"spec":{"serviceAccounts":"nobody"}})");
    BOOST_TEST(eventually(
        [&]
        {
            auto const cr = api.get(image_pull_secrets, {}, "tcr-dg284imq-public");
            return text_at(cr, {"spec", "serviceAccounts"}) == "*" ? verdict(true) : wrong("it stays");
        }
    ));
    // A file that is wrong changes nothing.
    write("instances: [{registryId: tcr-dg284imq}]");
    BOOST_TEST(eventually([&] { return controller.has_said("region: must be given", 0); }));
    BOOST_TEST(api.find(image_pull_secrets, {}, "tcr-dg284imq-vpc").has_value());
    // What is not in it any more goes.
    write(instance("public"));
    BOOST_TEST(eventually(
        [&] {
            return api.find(image_pull_secrets, {}, "tcr-dg284imq-vpc") ? wrong("it is there")
                                                                        : verdict(true);
        }
    ));
    BOOST_TEST(api.find(image_pull_secrets, {}, "tcr-dg284imq-public").has_value());
    write("instances: []");
    BOOST_TEST(eventually(
        [&] {
            return api.find(image_pull_secrets, {}, "tcr-dg284imq-public") ? wrong("it is there")
                                                                           : verdict(true);
        }
    ));
    BOOST_TEST(api.find(image_pull_secrets, {}, theirs.name).has_value());
}

BOOST_AUTO_TEST_CASE(an_api_that_does_not_answer_removes_nothing)
{
    auto const file = plane.folder() / "instances.yaml";
    std::ofstream(file) << "instances: [{registryId: tcr-dg284imq, region: ap-guangzhou, namespaces: none}]";
    start({"--instances-file=" + file.string()});
    auto const there = [&]
    {
        return api.find(image_pull_secrets, {}, "tcr-dg284imq-public") ? verdict(true)
                                                                       : wrong("it is not there");
    };
    BOOST_TEST(eventually(there));
    controller.stop();
    cloud.control("fail?code=UnauthorizedOperation");
    start({"--instances-file=" + file.string()});
    BOOST_TEST(eventually([&] { return controller.has_said("UnauthorizedOperation", 0); }));
    let_pass(a_while);
    BOOST_TEST(there());
    cloud.control("clear");
    controller.stop();
    std::ofstream(file) << "instances: []";
    start({"--instances-file=" + file.string()});
    BOOST_TEST(eventually([&] { return there() ? wrong("it is there") : verdict(true); }));
}

BOOST_AUTO_TEST_SUITE_END()
