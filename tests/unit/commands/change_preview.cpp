// SPDX-License-Identifier: Apache-2.0
#include "own_references.hpp"
#include <tcr/commands/change_preview.hpp>
#include <tcr/credentials/docker_config.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace change_preview_test
{

using namespace tcr;
using namespace tcr::commands;
using names = std::vector<std::string>;

controller::image_pull_secret sample()
{
    controller::image_pull_secret cr;
    cr.name = "x";
    cr.uid = "uid";
    cr.spec.namespaces = "a,b";
    cr.spec.service_accounts = "default";
    cr.spec.server = "registry.example.com";
    cr.spec.username = "user";
    cr.spec.password = "password";
    return cr;
}

struct fixture
{
    fixture()
    {
        for (auto const* ns : {"c", "b", "a"})
        {
            store.put_namespace(ns, "", false);
            store.put_account(ns, "default", 1, names{});
            store.put_account(ns, "builder", 1, names{});
        }
    }

    void put_secret(char const* ns, runtime::secret_state state)
    {
        store.put_secret(ns, "tcr.ipsx", 2, state);
    }

    change_preview seen() { return preview(controller::catalog_entry(cr), others, store); }

    runtime::secret_state as_desired() { return {controller::catalog_entry(cr).secret.fingerprint}; }

    controller::image_pull_secret cr = sample();
    controller::catalog others;
    runtime::cluster_store store;
};

BOOST_FIXTURE_TEST_SUITE(change_previews, fixture)

BOOST_AUTO_TEST_CASE(a_new_image_pull_secret_adds_secrets_and_references)
{
    change_preview expected;
    expected.secrets_added = {"a/tcr.ipsx", "b/tcr.ipsx"};
    expected.accounts_added = {"a/default", "b/default"};
    BOOST_TEST((seen() == expected));
}

BOOST_AUTO_TEST_CASE(objects_as_desired_are_unchanged)
{
    for (auto const* ns : {"a", "b"})
    {
        put_secret(ns, as_desired());
        store.put_account(ns, "default", 2, names{"other", "tcr.ipsx"});
    }
    change_preview expected;
    expected.secrets_unchanged = 2;
    expected.accounts_unchanged = 2;
    BOOST_TEST((seen() == expected));
}

BOOST_AUTO_TEST_CASE(a_new_password_changes_secrets_and_no_account)
{
    put_secret("a", as_desired());
    store.put_account("a", "default", 2, names{"tcr.ipsx"});
    cr.spec.password = "another";
    cr.spec.namespaces = "a";
    change_preview expected;
    expected.secrets_changed = {"a/tcr.ipsx"};
    expected.accounts_unchanged = 1;
    BOOST_TEST((seen() == expected));
}

BOOST_AUTO_TEST_CASE(a_narrower_spec_removes)
{
    put_secret("c", as_desired());
    store.put_account("c", "default", 2, names{"tcr.ipsx"});
    put_secret("a", as_desired());
    store.put_account("a", "builder", 2, names{"tcr.ipsx"});
    cr.spec.namespaces = "a";
    change_preview expected;
    expected.secrets_removed = {"c/tcr.ipsx"};
    expected.accounts_removed = {"a/builder", "c/default"};
    expected.secrets_unchanged = 1;
    expected.accounts_added = {"a/default"};
    BOOST_TEST((seen() == expected));
}

BOOST_AUTO_TEST_CASE(secrets_only_changes_no_account)
{
    put_secret("c", as_desired());
    for (auto const* ns : {"a", "c"})
        store.put_account(ns, "default", 2, names{"tcr.ipsx"});
    cr.spec.references = "secretsOnly";
    change_preview expected;
    expected.secrets_added = {"a/tcr.ipsx", "b/tcr.ipsx"};
    expected.secrets_removed = {"c/tcr.ipsx"};
    BOOST_TEST((seen() == expected));
}

BOOST_AUTO_TEST_CASE(foreign_secrets_stay)
{
    runtime::secret_state foreign;
    foreign.is_foreign = true;
    put_secret("a", foreign);
    store.put_account("a", "builder", 2, names{"tcr.ipsx"});
    cr.spec.namespaces = "a";
    change_preview expected;
    expected.secrets_foreign = {"a/tcr.ipsx"};
    BOOST_TEST((seen() == expected));
}

BOOST_AUTO_TEST_CASE(without_a_credential_contents_are_not_compared)
{
    put_secret("a", {42});
    cr.spec.namespaces = "a";
    cr.spec.password.clear();
    BOOST_TEST(seen().secrets_changed.empty());
    BOOST_TEST(seen().secrets_unchanged == 1u);
}

BOOST_AUTO_TEST_CASE(the_logins_of_a_docker_config_are_compared)
{
    cr.spec.server.clear();
    cr.spec.username.clear();
    cr.spec.password.clear();
    cr.spec.config_from.emplace().name = "config";
    cr.spec.namespaces = "a,b";
    credentials::resolution resolved;
    resolved.found =
        *credentials::read_docker_config(R"({"auths":{"x":{"auth":"dTpw"},"y":{"auth":"dTpw"}}})");
    controller::catalog_entry const known(cr, resolved);
    put_secret("a", {known.secret.fingerprint});
    put_secret("b", {42});
    auto const compared = preview(known, others, store);
    BOOST_TEST(compared.secrets_unchanged == 1u);
    BOOST_TEST((compared.secrets_changed == decltype(compared.secrets_changed){"b/tcr.ipsx"}));
}

BOOST_AUTO_TEST_CASE(with_an_unknown_docker_config_contents_are_not_compared)
{
    cr.spec.server.clear();
    cr.spec.username.clear();
    cr.spec.password.clear();
    cr.spec.config_from.emplace().name = "config";
    cr.spec.namespaces = "a";
    put_secret("a", {42});
    BOOST_TEST(seen().secrets_changed.empty());
    BOOST_TEST(seen().secrets_unchanged == 1u);
}

BOOST_AUTO_TEST_CASE(an_immutable_secret_is_changed_too)
{
    runtime::secret_state state{42};
    state.is_immutable = true;
    put_secret("a", state);
    store.put_account("a", "default", 2, names{"tcr.ipsx"});
    cr.spec.namespaces = "a";
    change_preview expected;
    expected.secrets_changed = {"a/tcr.ipsx"};
    expected.accounts_unchanged = 1;
    BOOST_TEST((seen() == expected));
}

BOOST_AUTO_TEST_CASE(objects_of_other_image_pull_secrets_stay_unchanged)
{
    auto other = sample();
    other.name = "y";
    others.put(other);
    store.put_secret("a", "tcr.ipsy", 2, {42});
    store.put_account("a", "default", 2, names{"tcr.ipsy"});
    cr.spec.namespaces = "a";
    change_preview expected;
    expected.secrets_added = {"a/tcr.ipsx"};
    expected.accounts_added = {"a/default"};
    BOOST_TEST((seen() == expected));
    BOOST_TEST(store.find_secret(*store.find_namespace("a"), "tcr.ipsy").has_value());
    auto const account = store.find_account(*store.find_namespace("a"), "default");
    BOOST_TEST(account->references == "tcr.ipsy\ntcr.ipsx\n");
}

BOOST_AUTO_TEST_CASE(what_the_controller_ignores_is_not_listed)
{
    // The labels of namespace a are unknown, because they are longer than the store's limit.
    store.put_namespace("a", std::nullopt, false);
    put_secret("a", {42});
    cr.spec.namespaces.clear();
    cr.spec.excluded_namespaces = {"b"};
    cr.spec.namespace_selector.requirements = {{"env", controller::label_selector::op::exists, {}}};
    BOOST_TEST((seen() == change_preview()));

    // The reference list of b/default is too long: the controller does not rewrite it.
    cr.spec.namespace_selector.requirements.clear();
    cr.spec.excluded_namespaces = {"a", "c"};
    runtime::reference_list list;
    list.mark_too_long();
    store.put_account("b", "default", 2, list);
    change_preview expected;
    expected.secrets_added = {"b/tcr.ipsx"};
    expected.secrets_removed = {"a/tcr.ipsx"};
    BOOST_TEST((seen() == expected));
}

BOOST_AUTO_TEST_CASE(a_partly_stored_list_gains_the_reference)
{
    store.put_account("a", "default", 2, tcr::test::own_references(names{"other", "tcr.ipsy"}));
    cr.spec.namespaces = "a";
    BOOST_TEST((seen().accounts_added == std::set<std::string>{"a/default"}));
}

BOOST_AUTO_TEST_CASE(terminating_namespaces_stay_unchanged)
{
    store.put_namespace("a", "", true);
    cr.spec.namespaces = "a";
    BOOST_TEST((seen() == change_preview()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace change_preview_test
