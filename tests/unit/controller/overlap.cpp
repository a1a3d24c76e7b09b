
#include "overlap.hpp"

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

BOOST_AUTO_TEST_CASE(other_servers_do_not_matter)
{
    auto other = cr("*");
    other.spec.server = "x.y:443";
    BOOST_TEST(shared(cr("*"), other) == "-");
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
