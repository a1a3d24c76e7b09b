// SPDX-License-Identifier: Apache-2.0

// The controller reads passwords and dockerconfigjson from Secrets in its own namespace.
#include "it_credential_helpers.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

/// Uses the environment's controller, without a cloud.
struct passwords : credential_fixture
{
    ~passwords() { drop_referring(); }
};

std::string spec_with_reference(std::string const& ns, std::string const& secret, std::string const& key = {})
{
    return R"({"namespaces":")" + ns +
           R"(","docker":{"server":"registry.example.com","username":"100012345678",)"
           R"("passwordSecretRef":{"name":")" +
           secret + "\"" + (key.empty() ? "" : R"(,"key":")" + key + "\"") + "}}}";
}

/// Distributes a dockerconfigjson.
struct docker_configs : passwords
{
    void put_config(
        std::string const& name, std::string const& config, bool has_label = true, std::string const& key = {}
    )
    {
        json::object metadata{{"name", name}};
        if (has_label)
            metadata["labels"] = json::object{{credential_label, "true"}};
        json::object data{{".dockerconfigjson", tcr::base64_encode(key.empty() ? config : "{}")}};
        if (!key.empty())
            data[key] = tcr::base64_encode(config);
        json::object const body{
            {"apiVersion", "v1"},
            {"kind", "Secret"},
            {"type", "kubernetes.io/dockerconfigjson"},
            {"metadata", metadata},
            {"data", data}};
        api.create(secrets, home, body);
        made_.push_back(name);
    }

    void change_config(std::string const& name, std::string const& config, std::string const& key = {})
    {
        json::object const data{{key.empty() ? ".dockerconfigjson" : key, tcr::base64_encode(config)}};
        api.patch(secrets, home, name, json::serialize(json::object{{"data", data}}));
    }

    std::string refer_to(std::string const& ns, std::string const& secret, std::string const& key = {})
    {
        json::object reference{{"name", secret}};
        if (!key.empty())
            reference["key"] = key;
        json::object const docker{{"configSecretRef", reference}};
        return make_referring(json::serialize(json::object{{"namespaces", ns}, {"docker", docker}}));
    }

    /// Whether the namespace has the pull Secret with this content, and its accounts the reference.
    verdict has_config(std::string const& ns, std::string const& cr, std::string const& config)
    {
        auto const found = api.find(secrets, ns, "tcr.ips" + cr);
        if (!found)
            return wrong(ns + " has no pull Secret");
        if (docker_config_of(*found) != config)
            return wrong("the pull Secret has " + docker_config_of(*found));
        auto const listed = references(ns);
        return std::count(listed.begin(), listed.end(), "tcr.ips" + cr) == 1
                   ? verdict(true)
                   : wrong("the account has " + joined(listed));
    }
};

/// A dockerconfigjson with `count` registries.
std::string config_of(int count, std::string const& password)
{
    remember_secret(password);
    json::object auths;
    for (int i = 0; i < count; ++i)
        auths["r" + std::to_string(i) + ".example.com"] =
            json::object{{"auth", tcr::base64_encode("robot:" + password)}};
    return json::serialize(json::object{{"auths", auths}});
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(password_from_secret, passwords)

BOOST_AUTO_TEST_CASE(password_and_its_changes_are_distributed)
{
    auto const where = make_namespaces(3);
    auto const secret = fresh_name();
    put_password(secret, "first.from.secret\n");
    auto const cr = make_referring(spec_with_reference(list_of(where), secret));
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, spec_of(cr, where, "first.from.secret")); }));
    auto const uid = uid_of(api.get(secrets, where[0], "tcr.ips" + cr));

    auto const mark = audit.mark();
    change_password(secret, "second.from.secret");
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, spec_of(cr, where, "second.from.secret")); }));
    BOOST_TEST(uid_of(api.get(secrets, where[0], "tcr.ips" + cr)) == uid);
    let_pass(a_while);
    for (auto const& call : audit.controller_writes(mark))
        BOOST_TEST(call.resource != "serviceaccounts");
}

BOOST_AUTO_TEST_CASE(whole_docker_config_is_not_distributed_as_a_password)
{
    auto const ns = make_namespace();
    auto const secret = fresh_name();
    put_password(secret, R"({"auths":{"registry.example.com":{"auth":"cm9ib3Q6czNjcmV0"}}})");
    auto const cr = make_referring(spec_with_reference(ns, secret));
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False NotAPassword"); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "Ready", "False NotAPassword"); }));
    BOOST_TEST(!api.find(secrets, ns, "tcr.ips" + cr).has_value());
    change_password(secret, "password.in.its.place");
    BOOST_TEST(eventually([&] { return served(ns, spec_of(cr, {ns}, "password.in.its.place")); }));
}

BOOST_AUTO_TEST_CASE(secret_may_be_created_after_its_reference)
{
    auto const ns = make_namespace();
    auto const secret = fresh_name();
    auto const cr = make_referring(spec_with_reference(ns, secret));
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False SecretNotFound"); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "Ready", "False SecretNotFound"); }));
    BOOST_TEST(has_condition(cr, "Reconciling", "True SecretNotFound"));
    BOOST_TEST(!api.find(secrets, ns, "tcr.ips" + cr).has_value());
    put_password(secret, "late.from.secret");
    BOOST_TEST(eventually([&] { return served(ns, spec_of(cr, {ns}, "late.from.secret")); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "Ready", "True Converged"); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "Unknown NotChecked"); }));
    BOOST_TEST(has_condition(cr, "Reconciling", ""));
}

BOOST_AUTO_TEST_CASE(secret_without_the_label_or_in_another_namespace_is_not_read)
{
    auto const ns = make_namespace();
    auto const unmarked = fresh_name();
    put_password(unmarked, "unmarked.from.secret", home, false);
    auto const other_namespace = fresh_name();
    put_password(other_namespace, "tenants.from.secret", ns);
    for (auto const& secret : {unmarked, other_namespace})
    {
        auto const cr = make_referring(spec_with_reference(ns, secret));
        BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False SecretNotFound"); }));
        let_pass(a_while);
        BOOST_TEST(!api.find(secrets, ns, "tcr.ips" + cr).has_value());
    }
    // The label permits the use of a Secret: after the label is added, the password is used.
    api.patch(
        secrets, home, unmarked, R"({"metadata":{"labels":{"tcr.tencentcloudcr.com/credential":"true"}}})"
    );
    BOOST_TEST(
        eventually([&] { return served(ns, spec_of(image_pull_secrets_[0], {ns}, "unmarked.from.secret")); })
    );
}

BOOST_AUTO_TEST_CASE(deleted_password_stays_distributed_and_new_namespaces_are_served)
{
    auto const first = make_namespace();
    auto const second = fresh_name();
    auto const secret = fresh_name();
    put_password(secret, "lasting.from.secret");
    std::vector<std::string> const where{first, second};
    auto const cr = make_referring(spec_with_reference(list_of(where), secret));
    BOOST_TEST(eventually([&] { return served(first, spec_of(cr, where, "lasting.from.secret")); }));

    api.patch(secrets, home, secret, R"({"data":{"password":null,"other":"eA=="}})");
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "Unknown KeyNotFound"); }));
    BOOST_TEST(has_condition(cr, "Stalled", "True KeyNotFound"));
    api.patch(secrets, home, secret, R"({"data":{"password":"/w=="}})");
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "Unknown InvalidSecret"); }));
    api.remove(secrets, home, secret);
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "Unknown SecretNotFound"); }));
    BOOST_TEST(served(first, spec_of(cr, where, "lasting.from.secret")));
    make_namespace_called(second);
    BOOST_TEST(eventually([&] { return served(second, spec_of(cr, where, "lasting.from.secret")); }));
}

BOOST_AUTO_TEST_CASE(restart_without_the_password_removes_nothing)
{
    auto const ns = make_namespace();
    auto const secret = fresh_name();
    put_password(secret, "restart.from.secret");
    auto const cr = make_referring(spec_with_reference(ns, secret));
    auto const expected = spec_of(cr, {ns}, "restart.from.secret");
    BOOST_TEST(eventually([&] { return served(ns, expected); }));
    controller.stop();
    api.remove(secrets, home, secret);
    controller.start();
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False SecretNotFound"); }));
    let_pass(a_while);
    BOOST_TEST(served(ns, expected));
    put_password(secret, "again.from.secret");
    BOOST_TEST(eventually([&] { return served(ns, spec_of(cr, {ns}, "again.from.secret")); }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(docker_config_from_secret, docker_configs)

BOOST_AUTO_TEST_CASE(auths_and_their_changes_are_distributed)
{
    auto const where = make_namespaces(3);
    auto const secret = fresh_name();
    std::string const auths = R"("auths":{"a.example.com/team":{"auth":"cm9ib3Q6YXV0aHMub2Yuc2VjcmV0"},)"
                              R"("b.azurecr.io":{"auth":"dTo=","identitytoken":"identity.of.secret"},)"
                              R"("c.example.com":{"registrytoken":"rt"}})";
    for (auto const* each : {"auths.of.secret", "cm9ib3Q6YXV0aHMub2Yuc2VjcmV0", "identity.of.secret"})
        remember_secret(each);
    put_config(secret, R"({"credHelpers":{"x":"y"},"HttpHeaders":{"User-Agent":"z"}, )" + auths + "}\n");
    auto const cr = refer_to(list_of(where), secret);
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return has_config(ns, cr, "{" + auths + "}"); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "Ready", "True Converged"); }));
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "Unknown NotChecked"); }));
    auto const uid = uid_of(api.get(secrets, where[0], "tcr.ips" + cr));

    auto const mark = audit.mark();
    auto const changed = config_of(2, "changed.of.config");
    change_config(secret, changed);
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return has_config(ns, cr, changed); }));
    BOOST_TEST(uid_of(api.get(secrets, where[0], "tcr.ips" + cr)) == uid);
    let_pass(a_while);
    for (auto const& call : audit.controller_writes(mark))
        BOOST_TEST(call.resource != "serviceaccounts");
}

BOOST_AUTO_TEST_CASE(twenty_registries_are_distributed_in_one_secret)
{
    auto const ns = make_namespace();
    auto const secret = fresh_name();
    auto const config = config_of(20, "twenty.of.config");
    put_config(secret, config);
    auto const cr = refer_to(ns, secret);
    BOOST_TEST(eventually([&] { return has_config(ns, cr, config); }));
}

BOOST_AUTO_TEST_CASE(config_may_be_created_after_its_reference_and_needs_the_label)
{
    auto const ns = make_namespace();
    auto const secret = fresh_name();
    auto const cr = refer_to(ns, secret);
    BOOST_TEST(eventually([&] { return has_condition(cr, "Ready", "False SecretNotFound"); }));
    auto const config = config_of(1, "late.of.config");
    put_config(secret, config, false);
    let_pass(a_while);
    BOOST_TEST(has_condition(cr, "CredentialValid", "False SecretNotFound"));
    BOOST_TEST(!api.find(secrets, ns, "tcr.ips" + cr).has_value());
    api.patch(
        secrets, home, secret, R"({"metadata":{"labels":{"tcr.tencentcloudcr.com/credential":"true"}}})"
    );
    BOOST_TEST(eventually([&] { return has_config(ns, cr, config); }));
}

BOOST_AUTO_TEST_CASE(an_unusable_config_leaves_the_last_one_in_use)
{
    auto const ns = make_namespace();
    auto const secret = fresh_name();
    auto const first = config_of(1, "lasting.of.config");
    put_config(secret, first, true, "config.json");
    auto const cr = refer_to(ns, secret, "config.json");
    BOOST_TEST(eventually([&] { return has_config(ns, cr, first); }));

    auto const becomes = [&](std::string const& reason)
    { return eventually([&] { return has_condition(cr, "CredentialValid", "Unknown " + reason); }); };
    remember_secret("unspeakable");
    for (auto const* bad :
         {"unspeakable",
          "[]",
          R"({"auths":{}})",
          R"({"auths":{"x.example.com":{}},"credsStore":"desktop"})",
          R"({"auths":{"x.example.com":{"auth":"unspeakable"}}})",
          R"({"auths":{"x.example.com":{"username":"unspeakable","password":7}}})"})
    {
        change_config(secret, bad, "config.json");
        BOOST_TEST(becomes("InvalidDockerConfig"), bad);
        // Passes through a good config, so that each bad one must change the condition.
        change_config(secret, first, "config.json");
        BOOST_TEST(becomes("NotChecked"));
    }
    change_config(
        secret, R"({"auths":{"x":{"auth":"dTpw"}},"y":")" + std::string(70'000, 'y') + "\"}", "config.json"
    );
    BOOST_TEST(becomes("InvalidSecret"));
    api.patch(secrets, home, secret, R"({"data":{"config.json":null}})");
    BOOST_TEST(becomes("KeyNotFound"));
    api.remove(secrets, home, secret);
    BOOST_TEST(becomes("SecretNotFound"));
    BOOST_TEST(has_config(ns, cr, first));
    BOOST_TEST(has_condition(cr, "Ready", "True Converged"));
    auto const object = json::serialize(api.get(image_pull_secrets, {}, cr));
    BOOST_TEST(object.find("unspeakable") == std::string::npos, object);

    auto const again = config_of(3, "again.of.config");
    put_config(secret, again, true, "config.json");
    BOOST_TEST(eventually([&] { return has_config(ns, cr, again); }));
}

BOOST_AUTO_TEST_CASE(a_secret_of_another_type_is_refused)
{
    auto const ns = make_namespace();
    auto const secret = fresh_name();
    put_password(secret, "opaque.of.config");
    auto const cr = refer_to(ns, secret, "password");
    BOOST_TEST(eventually([&] { return has_condition(cr, "Ready", "False InvalidSecret"); }));
    BOOST_TEST(!api.find(secrets, ns, "tcr.ips" + cr).has_value());
}

BOOST_AUTO_TEST_CASE(an_object_may_change_between_a_password_and_a_config)
{
    auto const ns = make_namespace();
    auto const password = fresh_name();
    auto const secret = fresh_name();
    put_password(password, "password.of.change");
    auto const config = config_of(2, "config.of.change");
    put_config(secret, config);
    auto const cr = make_referring(spec_with_reference(ns, password));
    BOOST_TEST(eventually([&] { return served(ns, spec_of(cr, {ns}, "password.of.change")); }));
    api.patch(
        image_pull_secrets,
        {},
        cr,
        R"({"spec":{"docker":{"server":null,"username":null,"passwordSecretRef":null,)"
        R"("configSecretRef":{"name":")" +
            secret + "\"}}}}"
    );
    BOOST_TEST(eventually([&] { return has_config(ns, cr, config); }));
    api.patch(
        image_pull_secrets,
        {},
        cr,
        R"({"spec":{"docker":{"server":"registry.example.com","username":"100012345678",)"
        R"("configSecretRef":null,)"
        R"("passwordSecretRef":{"name":")" +
            password + "\"}}}}"
    );
    BOOST_TEST(eventually([&] { return served(ns, spec_of(cr, {ns}, "password.of.change")); }));
}

BOOST_AUTO_TEST_SUITE_END()
