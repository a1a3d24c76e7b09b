// SPDX-License-Identifier: Apache-2.0

// A registry requires a password. A distributed Secret allows pulling an image, and a credential that the
// registry refuses is reported before a pull fails.
#include "harness/private_registry.hpp"
#include "it_credential_helpers.hpp"

#include <boost/test/unit_test.hpp>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

struct pulls : credential_fixture
{
    pulls() : credential_fixture(without_controller), registry("puller", "first.of.registry")
    {
        controller.start(
            {"--credential-check-interval=10s",
             "--cloud-ca-file=" + registry.authority().string(),
             "--cvm-metadata-endpoint=0"}
        );
    }
    ~pulls()
    {
        if (controller.is_running())
            controller.stop();
        controller.start();
    }

    spec make_for(std::string const& ns, std::string const& password)
    {
        spec cr;
        cr.namespaces = ns;
        cr.server = registry.server();
        cr.username = "puller";
        cr.password = password;
        return make(cr);
    }

    verdict pulls_in(std::string const& ns, spec const& cr)
    {
        auto const there = secret(ns, cr);
        return there ? registry.can_pull(docker_config_of(*there)) : wrong("there is no Secret");
    }

    verdict is_valid(spec const& cr, std::string const& status_and_reason)
    {
        return has_condition(cr.name, "CredentialValid", status_and_reason);
    }

    private_registry registry;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(private_images, pulls)

BOOST_AUTO_TEST_CASE(distributed_secret_pulls_before_and_after_a_password_change)
{
    auto const ns = make_namespace();
    auto cr = make_for(ns, "first.of.registry");
    BOOST_TEST(eventually([&] { return pulls_in(ns, cr); }));
    BOOST_TEST(eventually([&] { return is_valid(cr, "True Accepted"); }));
    BOOST_TEST(!registry.can_pull("{}"));

    // The password changes only in the registry. The next check of the credential reports it.
    registry.set_password("second.of.registry");
    BOOST_TEST(eventually([&] { return is_valid(cr, "False Rejected"); }));
    BOOST_TEST(!pulls_in(ns, cr));
    BOOST_TEST(eventually([&] { return has_event(cr.name, "Warning CredentialRejected"); }));
    BOOST_TEST(
        controller.metrics().body.find(
            "tcr_assistant_credential_valid{imagepullsecret=\"" + cr.name + "\"} 0\n"
        ) != std::string::npos
    );

    edit(cr, R"({"docker":{"password":"second.of.registry"}})");
    BOOST_TEST(eventually([&] { return pulls_in(ns, cr); }));
    BOOST_TEST(eventually([&] { return is_valid(cr, "True Accepted"); }));
}

BOOST_AUTO_TEST_CASE(wrong_password_is_reported_at_once)
{
    auto const ns = make_namespace();
    auto const cr = make_for(ns, "wrong.of.registry");
    BOOST_TEST(eventually([&] { return is_valid(cr, "False Rejected"); }));
    BOOST_TEST(has_condition(cr.name, "Stalled", "True Rejected"));
}

BOOST_AUTO_TEST_CASE(server_with_a_path_is_checked_at_its_host_and_a_wildcard_is_not_checked)
{
    auto const ns = make_namespace();
    spec cr;
    cr.namespaces = ns;
    cr.server = registry.server() + "/team";
    cr.username = "puller";
    cr.password = "first.of.registry";
    auto const with_path = make(cr);
    BOOST_TEST(eventually([&] { return is_valid(with_path, "True Accepted"); }));
    cr.password = "wrong.of.registry";
    auto const rejected = make(cr);
    BOOST_TEST(eventually([&] { return is_valid(rejected, "False Rejected"); }));
    cr.server = "*.example.com";
    auto const with_wildcard = make(cr);
    auto const explains = [&]() -> verdict
    {
        auto const status =
            json::serialize(at(api.get(image_pull_secrets, {}, with_wildcard.name), {"status"}));
        return status.find("has a wildcard, so there is no host") != status.npos ? verdict(true)
                                                                                 : wrong(status);
    };
    BOOST_TEST(eventually(explains));
    BOOST_TEST(is_valid(with_wildcard, "Unknown NotChecked"));
}

BOOST_AUTO_TEST_CASE(unavailable_registry_leaves_the_credential_unverified)
{
    auto const ns = make_namespace();
    spec cr;
    cr.namespaces = ns;
    cr.server = "localhost:1";
    cr = make(cr);
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(eventually([&] { return is_valid(cr, "Unknown NotChecked"); }));
    BOOST_TEST(eventually([&] { return has_condition(cr.name, "Reconciling", ""); }));
}

BOOST_AUTO_TEST_CASE(each_registry_of_a_config_is_checked_and_the_refusing_one_is_named)
{
    auto const ns = make_namespace();
    auto const name = fresh_name();
    auto const& host = registry.server();
    auto const login = [](std::string const& password)
    { return R"({"auth":")" + tcr::base64_encode("puller:" + password) + "\"}"; };
    auto const good = login("first.of.registry");
    auto const config_with = [&](std::string const& of_third)
    {
        return R"({"auths":{")" + host + R"(":)" + good + R"(,"https://)" + host + R"(/v2/":)" + good +
               ",\"" + host + R"(/private":)" + of_third + "}}";
    };
    auto const put = [&](std::string const& config, bool is_new)
    {
        auto const data = json::object{{".dockerconfigjson", tcr::base64_encode(config)}};
        if (!is_new)
            return api.patch(secrets, home, name, json::serialize(json::object{{"data", data}}));
        json::object const metadata{{"name", name}, {"labels", {{credential_label, "true"}}}};
        json::object const body{
            {"apiVersion", "v1"},
            {"kind", "Secret"},
            {"type", "kubernetes.io/dockerconfigjson"},
            {"metadata", metadata},
            {"data", data}};
        return api.create(secrets, home, body);
    };
    remember_secret("refused.of.registry");
    put(config_with(login("refused.of.registry")), true);
    made_.push_back(name);
    auto const cr = make_referring(
        R"({"namespaces":")" + ns + R"(","docker":{"configSecretRef":{"name":")" + name + "\"}}}"
    );
    auto const message = [&]
    {
        auto const object = api.get(image_pull_secrets, {}, cr);
        for (auto const& each : object.at("status").at("conditions").as_array())
            if (each.at("type").as_string() == "CredentialValid")
                return std::string(each.at("message").as_string());
        return std::string();
    };
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "False Rejected"); }));
    BOOST_TEST(
        message() == host + "/private: " + host + " does not accept the user name or password", message()
    );
    BOOST_TEST(eventually([&] { return has_event(cr, "Warning CredentialRejected"); }));

    put(config_with(good), false);
    BOOST_TEST(eventually([&] { return has_condition(cr, "CredentialValid", "True Accepted"); }));
    auto const can_pull_from_ns = [&]
    {
        auto const there = api.find(secrets, ns, "tcr.ips" + cr);
        return there ? registry.can_pull(docker_config_of(*there)) : wrong("there is no Secret");
    };
    BOOST_TEST(eventually(can_pull_from_ns));

    put(config_with(R"({"identitytoken":"token.of.registry"})"), false);
    auto const unchecked = host + "/private: an entry without a password cannot be checked";
    BOOST_TEST(eventually([&] { return message() == unchecked ? verdict(true) : wrong(message()); }));
    BOOST_TEST(has_condition(cr, "CredentialValid", "Unknown NotChecked"));
    drop_referring();
}

BOOST_AUTO_TEST_SUITE_END()
