// SPDX-License-Identifier: Apache-2.0

#include "overlap.hpp"

#include <tcr/credentials/docker_config.hpp>
#include <tcr/kube/image_keyring.hpp>

#include <boost/test/unit_test.hpp>

namespace overlap_test
{

using namespace tcr;
using namespace tcr::controller;
using op = label_selector::op;
using strings = std::vector<std::string>;

image_pull_secret cr(std::string namespaces, strings excluded = {}, std::string accounts = "*")
{
    image_pull_secret object;
    object.spec.server = "x.y";
    object.spec.namespaces = std::move(namespaces);
    object.spec.excluded_namespaces = std::move(excluded);
    object.spec.service_accounts = std::move(accounts);
    return object;
}

/// The relation of two values of spec.docker.server.
key_relation relation_of(std::string const& server, std::string const& other)
{
    auto const keys_of = [](std::string const& of)
    {
        auto object = cr("*");
        object.spec.server = of;
        return registry_keys(catalog_entry(object));
    };
    return find_related_key(keys_of(server), keys_of(other)).relation;
}

image_pull_secret selecting(std::string team, std::string namespaces = "*")
{
    auto object = cr(std::move(namespaces));
    object.spec.namespace_selector.requirements = {{"team", op::in, {std::move(team)}, true}};
    return object;
}

/// The overlap as text: "-" if there is none, "*" for all namespaces, else the shared namespaces, where "…"
/// stands for more names. "/" and the shared accounts follow, unless every account is shared.
std::string shared(
    image_pull_secret const& one,
    image_pull_secret const& other,
    runtime::cluster_store const* known = nullptr
)
{
    auto text_of = [&](auto const& a, auto const& b) -> std::string
    {
        auto const found = overlap(catalog_entry(a), catalog_entry(b), known);
        if (!found)
            return "-";
        auto const shown = [](name_list const& names)
        {
            auto text = names.text(false);
            std::erase_if(text, [](char c) { return c == '"' || c == ' '; });
            auto const more = text.find("andmore");
            return more == std::string::npos ? text : text.substr(0, more) + "…";
        };
        return (found->is_everywhere ? "*" : shown(found->namespaces)) +
               (found->is_every_account ? "" : "/" + shown(found->accounts));
    };
    auto const text = text_of(one, other);
    BOOST_TEST(text_of(other, one) == text);
    return text;
}

BOOST_AUTO_TEST_SUITE(overlaps)

BOOST_AUTO_TEST_CASE(names_decide_if_there_is_no_selector)
{
    runtime::cluster_store const empty;
    for (auto const* known : {static_cast<runtime::cluster_store const*>(nullptr), &empty})
    {
        BOOST_TEST(shared(cr("*"), cr("*"), known) == "*");
        BOOST_TEST(shared(cr(""), cr("*"), known) == "*");
        BOOST_TEST(shared(cr("*", {"a"}), cr("*", {"b"}), known) == "*");
        BOOST_TEST(shared(cr("*"), cr("b,a"), known) == "a,b");
        BOOST_TEST(shared(cr("a,b"), cr("c"), known) == "-");
        BOOST_TEST(shared(cr("a,b"), cr("b,c"), known) == "b");
        BOOST_TEST(shared(cr("a,b,c,d"), cr("d,c,b,a"), known) == "a,b…");
        BOOST_TEST(shared(cr("*", {"a"}), cr("a"), known) == "-");
        BOOST_TEST(shared(cr("*", {"a"}), cr("a,b"), known) == "b");
        BOOST_TEST(shared(cr("a,b", {"a"}), cr("a"), known) == "-");
        BOOST_TEST(shared(cr(" , "), cr("*"), known) == "-");
    }
}

BOOST_AUTO_TEST_CASE(an_object_without_references_overlaps_with_none)
{
    auto other = cr("*");
    other.spec.references = "secretsOnly";
    BOOST_TEST(shared(cr("*"), other) == "-");
}

BOOST_AUTO_TEST_CASE(kubelet_tries_both_logins_for_the_same_key)
{
    for (auto const* other : {"x.y/team", "https://x.y/team", "x.y/v1/team", "http://x.y/v2/team"})
        BOOST_TEST((relation_of("x.y/team", other) == key_relation::same), other);
}

BOOST_AUTO_TEST_CASE(other_hosts_and_other_paths_are_apart)
{
    for (auto const* other :
         {"x.y:443",
          "z.y",
          "a.x.y",
          "x.y/team",
          "x.y/team/app",
          "*.x.y",
          "*.y:443",
          "*",
          "y",
          "",
          "x .y",
          "docker.io"})
    {
        BOOST_TEST((relation_of("x.y", other) == key_relation::apart), other);
        BOOST_TEST((relation_of(other, "x.y") == key_relation::apart), other);
    }
    BOOST_TEST((relation_of("", "") == key_relation::apart));
    BOOST_TEST((relation_of("x.y/a", "x.y/b") == key_relation::apart));
    BOOST_TEST((relation_of("x.y/a", "*.y/b") == key_relation::apart));
    BOOST_TEST((relation_of("docker.io/a", "index.docker.io") == key_relation::apart));
}

BOOST_AUTO_TEST_CASE(a_wildcard_for_the_same_images_comes_last)
{
    std::pair<char const*, char const*> const cases[] = {
        {"x.y", "*.y"},
        {"x.y", "*.*"},
        {"x.y", "x*.y"},
        {"x*.y", "*.y"},
        {"x.y:5000", "*.y:5000"},
        {"x.y/team", "*.y"},
        {"x.y/team", "*.y/team"},
        {"x.y/team-a", "*.y/team"},
        // Kubelet tries a host before a wildcard, even if the wildcard has a longer path.
        {"x.y", "*.y/team"},
        {"10.0.0.5", "10.0.0.*"},
    };
    for (auto const& [first, last] : cases)
    {
        BOOST_TEST((relation_of(first, last) == key_relation::before), first << " and " << last);
        BOOST_TEST((relation_of(last, first) == key_relation::after), first << " and " << last);
        // This is the order in which kubelet tries them.
        kube::image_keyring keyring;
        keyring.add(last, 2);
        keyring.add(first, 1);
        auto const host = std::string(first).substr(0, std::string(first).find('/'));
        auto const image = (host == "x*.y" ? "xx.y" : host) + "/team-a/app";
        auto const logins = keyring.lookup(image);
        BOOST_TEST(logins == (std::vector<std::size_t>{1, 2}), boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(the_second_name_of_docker_hub_is_not_used_beside_the_first)
{
    BOOST_TEST((relation_of("docker.io", "index.docker.io") == key_relation::hides));
    for (auto const* second : {"index.docker.io", "https://index.docker.io/v1/"})
        BOOST_TEST((relation_of(second, "docker.io") == key_relation::hidden), second);
}

BOOST_AUTO_TEST_CASE(a_docker_config_overlaps_for_each_of_its_registries)
{
    auto object = cr("*");
    object.spec.server.clear();
    object.spec.config_from.emplace().name = "config";
    auto const entry_with = [&](std::string const& config)
    {
        credentials::resolution resolved;
        resolved.found = *credentials::read_docker_config(config);
        return catalog_entry(object, resolved);
    };
    auto const both = entry_with(R"({"auths":{"a.b":{"auth":"dTpw"},"x.y":{"auth":"dTpw"}}})");
    auto const other = entry_with(R"({"auths":{"c.d":{"auth":"dTpw"}}})");
    auto const relation = [](catalog_entry const& one, catalog_entry const& two)
    { return find_related_key(registry_keys(one), registry_keys(two)).relation; };
    BOOST_TEST((relation(both, catalog_entry(cr("*"))) == key_relation::same));
    BOOST_TEST((relation(catalog_entry(cr("*")), both) == key_relation::same));
    BOOST_TEST(find_related_key(registry_keys(catalog_entry(cr("*"))), registry_keys(both)).key == "x.y");
    BOOST_TEST((relation(both, other) == key_relation::apart));
    BOOST_TEST((relation(other, other) == key_relation::same));
    // The registries of an unknown dockerconfigjson are unknown, too.
    BOOST_TEST((relation(catalog_entry(object), catalog_entry(object)) == key_relation::apart));
}

BOOST_AUTO_TEST_CASE(accounts_must_overlap_too)
{
    BOOST_TEST(shared(cr("*", {}, "a"), cr("*", {}, "b")) == "-");
    BOOST_TEST(shared(cr("*", {}, "a,b"), cr("*", {}, "b")) == "*/b");
    BOOST_TEST(shared(cr("*", {}, "c,b,a"), cr("x")) == "x/a,b…");
}

BOOST_AUTO_TEST_CASE(selected_namespaces_must_exist)
{
    runtime::cluster_store store;
    BOOST_TEST(shared(selecting("dev"), cr("*"), &store) == "-");
    store.put_namespace("b", "team=dev\n", false);
    store.put_namespace("a", "team=dev\n", false);
    store.put_namespace("o", "team=ops\n", false);
    store.put_namespace("t", "team=dev\n", true);
    store.put_account("unseen", "default", 1, {});
    BOOST_TEST(shared(selecting("dev"), cr("*"), &store) == "a,b");
    BOOST_TEST(shared(selecting("dev"), selecting("ops"), &store) == "-");
    BOOST_TEST(shared(selecting("dev"), selecting("dev"), &store) == "a,b");
    BOOST_TEST(shared(selecting("dev"), cr("b,o,x"), &store) == "b");
    BOOST_TEST(shared(selecting("dev", "a"), cr("*", {"a"}), &store) == "-");
}

BOOST_AUTO_TEST_CASE(without_a_cluster_only_certain_overlaps_count)
{
    BOOST_TEST(shared(selecting("dev"), selecting("ops")) == "-");
    BOOST_TEST(shared(selecting("dev"), cr("a")) == "-");
    BOOST_TEST(shared(selecting("dev"), cr("*")) == "*");
    BOOST_TEST(shared(selecting("dev", "a,b"), cr("*")) == "a,b");
    BOOST_TEST(shared(selecting("dev"), selecting("dev", "a")) == "a");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace overlap_test
