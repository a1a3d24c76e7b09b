// SPDX-License-Identifier: Apache-2.0
#include "controller/valid_object.hpp"
#include <tcr/controller/spec_warnings.hpp>
#include <tcr/credentials/docker_config.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace spec_warnings_test
{

using namespace tcr;
using namespace tcr::controller;

/// A store that contains these namespaces.
struct known_cluster
{
    runtime::cluster_store store;

    explicit known_cluster(std::vector<std::string> const& names)
    {
        for (auto const& name : names)
            store.put_namespace(name, "", false);
    }
};

std::vector<std::string> warnings_of(
    image_pull_secret const& cr,
    std::vector<image_pull_secret> const& others = {},
    runtime::cluster_store const* known = nullptr
)
{
    catalog entries;
    for (auto const& each : others)
        entries.put(each);
    auto found = spec_warnings(cr, entries, known);
    // Every sample causes the warning about its password.
    std::erase_if(found, [](auto const& each) { return each.starts_with("spec.docker.password: "); });
    return found;
}

#define CHECK_WARNINGS(actual, ...) \
    BOOST_TEST((actual) == (std::vector<std::string> __VA_ARGS__), boost::test_tools::per_element())

BOOST_AUTO_TEST_SUITE(warnings_about_specs)

BOOST_AUTO_TEST_CASE(a_valid_object_alone_gives_no_warning)
{
    BOOST_TEST(warnings_of(sample()).empty());
    auto cr = sample();
    cr.spec.namespaces = "a,b";
    cr.spec.excluded_namespaces = {"c"};
    BOOST_TEST(warnings_of(cr).empty());
    known_cluster const cluster({"a", "b"});
    BOOST_TEST(warnings_of(cr, {}, &cluster.store).empty());
}

BOOST_AUTO_TEST_CASE(a_secret_without_access_gives_a_warning)
{
    catalog entries;
    entries.set_access(secret_access({}, "tcr-assistant-system"));
    auto cr = sample();
    cr.name = "team";
    auto const found = spec_warnings(cr, entries, nullptr);
    BOOST_TEST_REQUIRE(!found.empty());
    BOOST_TEST(
        found.front() ==
        "metadata.name: the controller may not access Secret tcr.ipsteam, so nothing is written or removed; "
        "grant the access with: tcr-assistant rbac team | kubectl apply -f -"
    );
}

BOOST_AUTO_TEST_CASE(a_password_in_the_spec_gives_a_warning)
{
    catalog const none;
    auto cr = sample();
    auto const found = spec_warnings(cr, none, nullptr);
    BOOST_TEST_REQUIRE(found.size() == 1u);
    BOOST_TEST(found[0].starts_with("spec.docker.password: readable by everyone who may read ImagePullSecrets"
    ));
    // The controller makes objects with an instance from its own configuration. They get no warning.
    cr.instance = "values";
    BOOST_TEST(spec_warnings(cr, none, nullptr).empty());
    cr = sample();
    cr.spec.password.clear();
    cr.spec.password_from.emplace().name = "a";
    BOOST_TEST(spec_warnings(cr, none, nullptr).empty());
}

BOOST_AUTO_TEST_CASE(a_docker_config_overlaps_for_each_of_its_registries)
{
    credentials::resolution both;
    both.found =
        *credentials::read_docker_config(R"({"auths":{"a.b":{"auth":"dTpw"},"x.y":{"auth":"dTpw"}}})");
    catalog entries([&](auto const& spec) { return spec.config_from ? both : literal_credential(spec); });
    auto cr = sample();
    cr.spec.server.clear();
    cr.spec.username.clear();
    cr.spec.password.clear();
    cr.spec.config_from.emplace().name = "config";
    BOOST_TEST(spec_warnings(cr, entries, nullptr).empty());
    auto other = sample();
    other.name = "other";
    entries.put(other);
    CHECK_WARNINGS(
        spec_warnings(cr, entries, nullptr),
        {"spec: ImagePullSecret \"other\" has a credential for the same server in any namespace that "
         "both select; kubelet tries both"}
    );
}

BOOST_AUTO_TEST_CASE(an_earlier_version_of_the_object_is_skipped)
{
    BOOST_TEST(warnings_of(sample(), {sample()}).empty());
}

BOOST_AUTO_TEST_CASE(an_overlap_names_the_other_object)
{
    CHECK_WARNINGS(
        warnings_of(sample(), {sample("other")}),
        {"spec: ImagePullSecret \"other\" has a credential for the same server in any namespace that "
         "both select; kubelet tries both"}
    );
    auto cr = sample();
    cr.spec.namespaces = "d,c,b,a";
    cr.spec.service_accounts = "default";
    CHECK_WARNINGS(
        warnings_of(cr, {sample("other")}),
        {"spec: ImagePullSecret \"other\" has a credential for the same server in namespaces \"a\", \"b\" "
         "and more for "
         "ServiceAccount \"default\"; kubelet tries both"}
    );
    // With equal selectors, the two share only the namespaces that match.
    auto selecting = sample();
    selecting.spec.namespace_selector.requirements.push_back({"team", label_selector::op::in, {"a"}});
    auto other = selecting;
    other.name = "other";
    CHECK_WARNINGS(
        warnings_of(selecting, {other}),
        {"spec: ImagePullSecret \"other\" has a credential for the same server in any namespace that both "
         "select; kubelet tries both"}
    );
}

BOOST_AUTO_TEST_CASE(without_references_accounts_have_no_effect_and_no_overlap)
{
    auto cr = sample();
    cr.spec.references = "secretsOnly";
    BOOST_TEST(warnings_of(cr, {sample("other")}).empty());
    cr.spec.service_accounts = "default";
    CHECK_WARNINGS(
        warnings_of(cr, {sample("other")}),
        {"spec.serviceAccounts: has no effect, because spec.references is secretsOnly"}
    );
}

BOOST_AUTO_TEST_CASE(an_overlap_names_the_server_that_kubelet_tries_first)
{
    auto const warning_of = [](std::string const& server, std::string const& other)
    {
        auto one = sample();
        auto two = sample("other");
        one.spec.server = server;
        two.spec.server = other;
        auto const found = warnings_of(one, {two});
        return found.empty() ? "" : found.front();
    };
    std::string const start = "spec: ImagePullSecret \"other\" has a credential for ";
    BOOST_TEST(
        warning_of("a.x.y/team", "*.x.y") ==
        start +
            "\"*.x.y\", which matches the same images, in any namespace that both select; kubelet tries "
            "this server first"
    );
    BOOST_TEST(
        warning_of("*.x.y", "a.x.y") ==
        start +
            "\"a.x.y\", which matches the same images, in any namespace that both select; kubelet tries "
            "that server first"
    );
    BOOST_TEST(
        warning_of("docker.io", "index.docker.io") ==
        start +
            "\"index.docker.io\" in any namespace that both select; kubelet does not use it beside "
            "\"docker.io\""
    );
    BOOST_TEST(
        warning_of("index.docker.io", "docker.io") ==
        start +
            "\"docker.io\" in any namespace that both select; kubelet does not use "
            "\"index.docker.io\" beside it"
    );
    BOOST_TEST(warning_of("x.y/a", "x.y/b") == "");
    BOOST_TEST(warning_of("x.y/a", "x.y") == "");
    BOOST_TEST(warning_of("*.x.y", "x.y") == "");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_probably_not_intended_is_reported)
{
    auto cr = sample();
    cr.spec.server = "hub.docker.com";
    CHECK_WARNINGS(
        warnings_of(cr),
        {"spec.docker.server: kubelet uses \"hub.docker.com\" for no image of Docker Hub; write "
         "\"docker.io\""}
    );
}

BOOST_AUTO_TEST_CASE(a_key_that_usually_is_no_password_is_reported)
{
    auto cr = sample();
    cr.spec.password.clear();
    cr.spec.password_from.emplace().name = "made-by-kubectl";
    BOOST_TEST(warnings_of(cr).empty());
    cr.spec.password_from->key = ".dockerconfigjson";
    CHECK_WARNINGS(
        warnings_of(cr),
        {"spec.docker.passwordSecretRef.key: \".dockerconfigjson\" usually is a whole docker configuration, "
         "not a password; use docker.configSecretRef"}
    );
}

BOOST_AUTO_TEST_CASE(blanks_around_a_login_are_reported)
{
    auto cr = sample();
    cr.instance = "values";
    cr.spec.username = " user";
    cr.spec.password = "secret \n";
    catalog const none;
    CHECK_WARNINGS(
        spec_warnings(cr, none, nullptr),
        {"spec.docker.username: begins or ends with a blank or a line break, which is sent to the registry",
         "spec.docker.password: begins or ends with a blank or a line break, which is sent to the registry"}
    );
    cr.spec.username = "user name";
    cr.spec.password = "secret\n";
    BOOST_TEST(spec_warnings(cr, none, nullptr).empty());
}

BOOST_AUTO_TEST_CASE(missing_namespaces_are_reported_if_the_cluster_is_known)
{
    auto cr = sample();
    cr.spec.namespaces = "a,b";
    known_cluster const cluster({"b"});
    CHECK_WARNINGS(
        warnings_of(cr, {}, &cluster.store),
        {"spec.namespaces: \"a\" does not exist yet; each is served once it is created"}
    );
    cr.spec.namespaces = "a,b,c,d,e";
    cr.spec.excluded_namespaces = {"e"};
    CHECK_WARNINGS(
        warnings_of(cr, {}, &cluster.store),
        {"spec.excludedNamespaces: \"e\" is also in spec.namespaces; excluded namespaces are not served",
         "spec.namespaces: \"a\", \"c\" and 1 more do not exist yet; each is served once it is created"}
    );
    BOOST_TEST(warnings_of(cr).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_namespace_known_by_its_objects_alone_does_not_exist)
{
    runtime::cluster_store store;
    store.put_account("a", "default", 1, {});
    auto cr = sample();
    cr.spec.namespaces = "a";
    BOOST_TEST(warnings_of(cr, {}, &store).size() == 1u);
}

BOOST_AUTO_TEST_CASE(warnings_are_few_and_short)
{
    std::vector<image_pull_secret> others;
    for (char c = 'a'; c <= 'z'; ++c)
    {
        others.push_back(sample(std::string(246, c)));
        others.back().spec.service_accounts = std::string(253, 'v') + "," + std::string(253, 'w') + ",x";
    }
    auto cr = sample();
    std::string const x62(62, 'x');
    for (char c = 'a'; c <= 'z'; ++c)
    {
        cr.spec.namespaces += x62 + c + ",";
        cr.spec.excluded_namespaces.push_back(std::string(62, 'y') + c);
        cr.spec.namespaces += cr.spec.excluded_namespaces.back() + ",";
    }
    known_cluster const cluster({});
    auto const all = warnings_of(cr, others, &cluster.store);
    BOOST_TEST(all.size() == 9u);
    for (auto const& each : all)
    {
        BOOST_TEST(each.size() <= 256u, each);
        BOOST_TEST(each.starts_with("spec"), each);
        BOOST_TEST(each.find("password") == std::string::npos);
    }
    BOOST_TEST(all.back().starts_with("spec: further ImagePullSecrets"), all.back());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace spec_warnings_test
