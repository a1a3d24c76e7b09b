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

BOOST_AUTO_TEST_SUITE_END()
