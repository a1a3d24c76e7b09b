// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/catalog.hpp>
#include <tcr/controller/coverage.hpp>

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string_view>

namespace tcr::controller
{

inline std::ostream& boost_test_print_type(std::ostream& out, coverage what)
{
    static char const* const words[] = {
        "covered",
        "labels_unknown",
        "unusable",
        "namespace_gone",
        "excluded",
        "namespace_not_named",
        "selector_mismatch",
        "account_not_named",
        "references_unmanaged"};
    return out << words[static_cast<int>(what)];
}

}  // namespace tcr::controller

namespace coverage_test
{

using namespace tcr;
using namespace tcr::controller;
using view = runtime::cluster_store::namespace_view;

struct fixture
{
    fixture()
    {
        cr.name = "x";
        cr.spec.server = "registry.example.com";
        cr.spec.username = "user";
        cr.spec.password = "password";
    }

    view ns(std::string_view name, std::string_view labels = {}) { return {name, labels, true}; }
    coverage of(view const& where) { return coverage_of(catalog_entry(cr), where); }
    coverage of(view const& where, std::string_view account)
    {
        return coverage_of(catalog_entry(cr), where, account);
    }
    void select_prod()
    {
        cr.spec.namespace_selector.requirements = {{"env", label_selector::op::in, {"prod"}}};
    }

    image_pull_secret cr;
};

BOOST_FIXTURE_TEST_SUITE(coverages, fixture)

BOOST_AUTO_TEST_CASE(list_selector_and_exclusion_must_all_admit_a_namespace)
{
    BOOST_TEST(of(ns("a")) == coverage::covered);
    cr.spec.namespaces = "a, b";
    cr.spec.excluded_namespaces = {"c", "b"};
    select_prod();
    BOOST_TEST(of(ns("a", "env=prod\n")) == coverage::covered);
    BOOST_TEST(of(ns("a", "env=dev\n")) == coverage::selector_mismatch);
    BOOST_TEST(of(ns("a")) == coverage::selector_mismatch);
    BOOST_TEST(of(ns("b", "env=prod\n")) == coverage::excluded);
    BOOST_TEST(of(ns("c", "env=prod\n")) == coverage::excluded);
    BOOST_TEST(of(ns("d", "env=prod\n")) == coverage::namespace_not_named);
}

BOOST_AUTO_TEST_CASE(an_unknown_or_terminating_namespace_is_not_covered)
{
    view unknown = ns("a");
    unknown.exists = false;
    view terminating = ns("a");
    terminating.is_terminating = true;
    for (auto const& each : {unknown, terminating})
    {
        BOOST_TEST(of(each) == coverage::namespace_gone);
        BOOST_TEST(of(each, "default") == coverage::namespace_gone);
    }
}

BOOST_AUTO_TEST_CASE(unknown_labels_matter_only_where_a_selector_decides)
{
    view where = ns("a");
    where.has_unknown_labels = true;
    BOOST_TEST(of(where) == coverage::covered);
    select_prod();
    BOOST_TEST(of(where) == coverage::labels_unknown);
    BOOST_TEST(of(where, "default") == coverage::labels_unknown);
    cr.spec.service_accounts = "builder";
    BOOST_TEST(of(where, "default") == coverage::account_not_named);
    cr.spec.namespaces = "b";
    BOOST_TEST(of(where) == coverage::namespace_not_named);
}

BOOST_AUTO_TEST_CASE(secrets_only_covers_namespaces_but_no_accounts)
{
    cr.spec.references = "secretsOnly";
    BOOST_TEST(of(ns("a")) == coverage::covered);
    BOOST_TEST(of(ns("a"), "default") == coverage::references_unmanaged);
    catalog_entry const entry(cr);
    BOOST_TEST(!entry.refers_from("default"));
    BOOST_TEST(entry.treats_accounts_alike());
}

BOOST_AUTO_TEST_CASE(an_invalid_spec_is_unusable_everywhere_and_its_scope_stays_known)
{
    cr.spec.password.clear();
    cr.spec.namespaces = "a";
    BOOST_TEST(of(ns("a")) == coverage::unusable);
    BOOST_TEST(of(ns("b")) == coverage::unusable);
    BOOST_TEST(of(ns("a"), "default") == coverage::unusable);
    catalog_entry const entry(cr);
    BOOST_TEST(entry.scope->match(ns("a")) == coverage::covered);
    BOOST_TEST(entry.scope->match(ns("b")) == coverage::namespace_not_named);
}

BOOST_AUTO_TEST_CASE(an_account_must_be_named)
{
    BOOST_TEST(of(ns("a"), "default") == coverage::covered);
    BOOST_TEST(of(ns("a"), "") == coverage::covered);
    cr.spec.service_accounts = "default,builder";
    BOOST_TEST(of(ns("a"), "builder") == coverage::covered);
    BOOST_TEST(of(ns("a"), "deployer") == coverage::account_not_named);
    // An account without a name, as with generateName, gets only references for all accounts.
    BOOST_TEST(of(ns("a"), "") == coverage::account_not_named);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace coverage_test
