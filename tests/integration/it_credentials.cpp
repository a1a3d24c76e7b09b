// The controller reads passwords from Secrets in its own namespace.
#include "it_credential_helpers.hpp"

#include <boost/test/unit_test.hpp>

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
           R"(","docker":{"server":"registry.example.com","username":"100012345678","passwordSecretRef":{"name":")" +
           secret + "\"" + (key.empty() ? "" : R"(,"key":")" + key + "\"") + "}}}";
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
