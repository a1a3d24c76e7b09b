// SPDX-License-Identifier: Apache-2.0
#include "runtime/print.hpp"
#include <tcr/runtime/core_reflectors.hpp>

#include <boost/test/unit_test.hpp>

namespace core_reflectors_test
{

using namespace tcr::runtime;
using tcr::kube::object_event;

tcr::kube::object_meta meta(std::string name, std::uint64_t version, std::string ns = {})
{
    tcr::kube::object_meta made;
    made.ns = std::move(ns);
    made.name = std::move(name);
    made.resource_version = version;
    return made;
}

/// Passes JSON to the decoder of a list or a watch.
template <class Decoder>
void feed(Decoder& decoder, std::string const& json)
{
    auto const ec = decoder.on_body(json);
    BOOST_TEST(!ec, ec.message());
}

struct fixture
{
    cluster_store store;
    std::vector<stored> reported;
    namespace_reflector namespaces{store, [this](stored event) { reported.push_back(event); }};
    account_reflector accounts{store, [this](stored event) { reported.push_back(event); }, "tcr.ips"};

    /// Sends an event of a service account with these names in imagePullSecrets. The name "-" makes an entry
    /// without a name.
    void account(
        object_event event,
        std::string const& ns,
        std::string const& name,
        std::uint64_t version,
        std::vector<std::string> const& references = {}
    )
    {
        std::string list;
        for (auto const& each : references)
            list += (list.empty() ? "{" : ",{") + (each == "-" ? "" : "\"name\":\"" + each + "\"") + "}";
        tcr::kube::single_object_decoder decoder(accounts, event);
        decoder.begin();
        feed(
            decoder,
            "{\"metadata\":{\"namespace\":\"" + ns + "\",\"name\":\"" + name + "\",\"resourceVersion\":\"" +
                std::to_string(version) + "\"},\"imagePullSecrets\":[" + list + "]}"
        );
        BOOST_TEST(decoder.complete());
    }

    std::string labels(std::string_view name) const
    {
        auto const where = store.find_namespace(name);
        BOOST_TEST_REQUIRE(where.has_value());
        return std::string(store.view(*where).labels);
    }

    std::string references(std::string_view ns, std::string_view account) const
    {
        std::string found = "no such account";
        if (auto const where = store.find_namespace(ns))
            store.for_each_account(
                *where,
                [&](auto const& each)
                {
                    if (each.name == account)
                        found = each.references;
                }
            );
        return found;
    }
};

BOOST_FIXTURE_TEST_SUITE(reflectors, fixture)

BOOST_AUTO_TEST_CASE(labels_are_sorted_lines_whatever_their_order)
{
    for (bool reversed : {false, true})
    {
        std::vector<std::pair<char const*, char const*>> labels = {
            {"a", "1"}, {"a.b/c", ""}, {"b", "2"}, {"env", "prod"}};
        if (reversed)
            std::reverse(labels.begin(), labels.end());
        namespaces.begin_object();
        for (auto const& [key, value] : labels)
            namespaces.on_value(0, key, value);
        namespaces.on_object(reversed ? object_event::modified : object_event::added, meta("ns", 1));
        BOOST_TEST(this->labels("ns") == "a=1\na.b/c=\nb=2\nenv=prod\n");
    }
    // The same labels in another order are not a change, so only the first event was reported.
    BOOST_TEST_REQUIRE(reported.size() == 1u);
    BOOST_TEST(reported[0].what == change::added);
}

BOOST_AUTO_TEST_CASE(the_label_of_the_own_name_is_left_out)
{
    namespaces.begin_object();
    namespaces.on_value(0, "kubernetes.io/metadata.name", "ns");
    namespaces.on_value(0, "team", "x");
    namespaces.on_object(object_event::listed, meta("ns", 1));
    BOOST_TEST(labels("ns") == "team=x\n");
}

BOOST_AUTO_TEST_CASE(labels_of_one_namespace_do_not_reach_the_next)
{
    namespaces.begin_object();
    namespaces.on_value(0, "a", "1");
    namespaces.on_object(object_event::added, meta("one", 1));
    namespaces.begin_object();
    namespaces.on_object(object_event::added, meta("two", 2));
    BOOST_TEST(labels("one") == "a=1\n");
    BOOST_TEST(labels("two") == "");
}

BOOST_AUTO_TEST_CASE(a_namespace_being_deleted_is_terminating)
{
    auto leaving = meta("ns", 2);
    leaving.is_deleting = true;
    namespaces.begin_object();
    namespaces.on_object(object_event::added, meta("ns", 1));
    BOOST_TEST(!store.view(*store.find_namespace("ns")).is_terminating);
    namespaces.begin_object();
    namespaces.on_object(object_event::modified, leaving);
    BOOST_TEST(store.view(*store.find_namespace("ns")).is_terminating);
    namespaces.begin_object();
    namespaces.on_object(object_event::deleted, meta("ns", 3));
    BOOST_TEST(!store.find_namespace("ns").has_value());
    BOOST_TEST_REQUIRE(reported.size() == 3u);
    BOOST_TEST(reported[1].what == change::modified);
    BOOST_TEST(reported[2].what == change::removed);
}

BOOST_AUTO_TEST_CASE(references_keep_their_order_and_repetition)
{
    account(object_event::added, "ns", "default", 5, {"z", "a", "z", "m"});
    BOOST_TEST(references("ns", "default") == "z\na\nz\nm\n");
    account(object_event::modified, "ns", "default", 6, {"a"});
    BOOST_TEST(references("ns", "default") == "a\n");
    account(object_event::modified, "ns", "default", 7);
    BOOST_TEST(references("ns", "default") == "");
}

BOOST_AUTO_TEST_CASE(a_reference_without_a_name_keeps_its_place)
{
    account(object_event::added, "ns", "default", 5, {"-", "a", "-"});
    BOOST_TEST(references("ns", "default") == "\na\n\n");
    account(object_event::modified, "ns", "default", 6, {"a"});
    BOOST_TEST(references("ns", "default") == "a\n");
}

BOOST_AUTO_TEST_CASE(accounts_that_are_created_with_own_references_are_counted)
{
    account(object_event::listed, "ns", "listed", 4, {"tcr.ipsa"});
    account(object_event::added, "ns", "other", 5, {"mine", "-"});
    account(object_event::added, "ns", "none", 6);
    account(object_event::modified, "ns", "none", 7, {"tcr.ipsa"});
    BOOST_TEST(accounts.created_with_references() == 0u);
    account(object_event::added, "ns", "one", 8, {"mine", "tcr.ipsa", "tcr.ipsb"});
    BOOST_TEST(accounts.created_with_references() == 1u);
}

BOOST_AUTO_TEST_CASE(references_of_one_account_do_not_reach_the_next)
{
    account(object_event::listed, "ns", "one", 5, {"a"});
    account(object_event::listed, "ns", "two", 6);
    BOOST_TEST(references("ns", "one") == "a\n");
    BOOST_TEST(references("ns", "two") == "");
}

BOOST_AUTO_TEST_CASE(the_listener_is_called_for_changes_only)
{
    account(object_event::added, "ns", "default", 5, {"a"});
    account(object_event::modified, "ns", "default", 5, {"b"});  // ignored: the version is not newer
    account(object_event::modified, "ns", "default", 6, {"a"});  // not reported: the list is the same
    BOOST_TEST(reported.size() == 1u);
    account(object_event::modified, "ns", "default", 7, {"b"});
    account(object_event::deleted, "ns", "default", 6);  // ignored: the store has a newer version
    BOOST_TEST(reported.size() == 2u);
    auto const where = store.find_namespace("ns").value();
    account(object_event::deleted, "ns", "default", 8);
    BOOST_TEST_REQUIRE(reported.size() == 3u);
    BOOST_TEST(reported[0].what == change::added);
    BOOST_TEST(reported[1].what == change::modified);
    BOOST_TEST(reported[2].what == change::removed);
    BOOST_TEST(reported[2].where == where);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_list_reports_each_namespace_that_lost_something)
{
    for (auto ns : {"one", "two", "three"})
        for (auto name : {"default", "builder"})
            account(object_event::added, ns, name, 5);
    auto const one = store.find_namespace("one").value();
    auto const three = store.find_namespace("three").value();
    reported.clear();
    accounts.begin_list();
    account(object_event::listed, "two", "default", 5);
    account(object_event::listed, "two", "builder", 5);
    account(object_event::listed, "three", "default", 5);
    BOOST_TEST(reported.empty());
    accounts.end_list(9);
    BOOST_TEST_REQUIRE(reported.size() == 2u);
    for (auto const& each : reported)
        BOOST_TEST(each.what == change::removed);
    BOOST_TEST(reported[0].where == one);
    BOOST_TEST(reported[1].where == three);
    BOOST_TEST(!store.find_namespace("one").has_value());
}

BOOST_AUTO_TEST_CASE(a_list_of_older_versions_is_taken)
{
    account(object_event::added, "ns", "default", 50, {"new"});
    accounts.begin_list();
    account(object_event::listed, "ns", "default", 20, {"old"});
    accounts.end_list(30);
    BOOST_TEST(references("ns", "default") == "old\n");
}

BOOST_AUTO_TEST_CASE(a_reflector_without_listener_fills_the_store)
{
    account_reflector silent(store, nullptr, "tcr.ips");
    silent.begin_object();
    silent.on_object(object_event::added, meta("default", 1, "ns"));
    silent.begin_list();
    silent.end_list(2);
    BOOST_TEST(store.accounts() == 0u);
    BOOST_TEST(reported.empty());
}

BOOST_AUTO_TEST_CASE(a_list_page_of_namespaces_is_read_from_its_json)
{
    tcr::kube::list_decoder page(namespaces);
    page.begin_page();
    namespaces.begin_list();
    feed(
        page,
        R"({"kind":"PartialObjectMetadataList","metadata":{"resourceVersion":"12"},"items":[)"
        R"({"metadata":{"name":"one","uid":"u1","resourceVersion":"3","labels":)"
        R"({"kubernetes.io/metadata.name":"one","z":"1","b":"2"},"annotations":{"no":"label"}}},)"
        R"({"metadata":{"name":"two","uid":"u2","resourceVersion":"4",)"
        R"("deletionTimestamp":"2026-01-01T00:00:00Z"}}]})"
    );
    BOOST_TEST_REQUIRE(page.page_complete());
    namespaces.end_list(page.resource_version());
    BOOST_TEST(store.namespaces() == 2u);
    BOOST_TEST(labels("one") == "b=2\nz=1\n");
    BOOST_TEST(labels("two") == "");
    BOOST_TEST(store.view(*store.find_namespace("two")).is_terminating);
}

BOOST_AUTO_TEST_CASE(watched_accounts_are_read_from_their_json)
{
    tcr::kube::watch_decoder events(accounts);
    events.begin_watch(10);
    feed(
        events,
        R"({"type":"ADDED","object":{"kind":"ServiceAccount","metadata":{"name":"default","namespace":"ns",)"
        R"("uid":"u","resourceVersion":"11"},"secrets":[{"name":"no-pull-secret"}],)"
        R"("imagePullSecrets":[{"name":"second"},{"name":"first"}]}})"
        "\n"
    );
    BOOST_TEST(references("ns", "default") == "second\nfirst\n");
    feed(
        events,
        R"({"type":"DELETED","object":{"metadata":{"name":"default","namespace":"ns","uid":"u",)"
        R"("resourceVersion":"12"}}})"
        "\n"
    );
    BOOST_TEST(store.accounts() == 0u);
}

BOOST_AUTO_TEST_CASE(a_namespace_with_too_many_labels_is_reported_and_keeps_none)
{
    std::vector<std::string> problems;
    namespaces.report_problems_to(
        [&](auto ns, auto name, auto problem)
        { problems.push_back(std::string(ns) + "/" + std::string(name) + ": " + std::string(problem)); }
    );
    auto const put = [&](std::size_t bytes, std::uint64_t version)
    {
        namespaces.begin_object();
        namespaces.on_value(0, "a", "1");
        for (; bytes > 100; bytes -= 100)
            namespaces.on_value(0, "b", std::string(97, 'x'));
        namespaces.on_value(0, "c", std::string(bytes - 3, 'x'));
        namespaces.on_value(0, "kubernetes.io/metadata.name", "ns");
        namespaces.on_object(object_event::modified, meta("ns", version));
        return store.view(store.find_namespace("ns").value());
    };
    auto const most = cluster_store::max_label_bytes - 4;
    BOOST_TEST(!put(most, 1).has_unknown_labels);
    BOOST_TEST(put(most, 1).labels.size() == cluster_store::max_label_bytes);
    BOOST_TEST(problems.empty());
    auto const view = put(most + 1, 2);
    BOOST_TEST(view.has_unknown_labels);
    BOOST_TEST(view.labels == "");
    BOOST_TEST((problems == std::vector<std::string>{"/ns: labels of more than 4096 bytes"}));
    BOOST_TEST(put(1'000'000, 3).has_unknown_labels);
    BOOST_TEST(!put(50, 4).has_unknown_labels);
    BOOST_TEST(reported.size() == 3u);
    BOOST_TEST(problems.size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_account_with_a_list_that_is_too_long_is_reported)
{
    std::vector<std::string> problems;
    accounts.report_problems_to(
        [&](auto ns, auto name, auto problem)
        { problems.push_back(std::string(ns) + "/" + std::string(name) + ": " + std::string(problem)); }
    );
    std::vector<std::string> many(1000, "tcr.ips" + std::string(100, 'x'));
    account(object_event::added, "ns", "default", 5, {"other", "tcr.ipsa"});
    account(object_event::modified, "ns", "default", 6, many);
    BOOST_TEST(
        (problems ==
         std::vector<std::string>{
             "ns/default: imagePullSecrets is longer than 65536 bytes (32 for each entry and its name)"})
    );
    BOOST_TEST(references("ns", "default") == "");
    auto const view = store.find_account(store.find_namespace("ns").value(), "default").value();
    BOOST_TEST((view.extent == list_extent::too_long));
    account(object_event::modified, "ns", "default", 7, {"other", "tcr.ipsa"});
    BOOST_TEST(references("ns", "default") == "other\ntcr.ipsa\n");
    BOOST_TEST(problems.size() == 1u);
    BOOST_TEST(reported.size() == 3u);
}

BOOST_AUTO_TEST_CASE(of_a_long_list_our_references_are_kept)
{
    std::vector<std::string> names(1000, "registry-of-another-client");
    names.push_back("tcr.ipsa");
    account(object_event::added, "ns", "default", 5, names);
    BOOST_TEST(references("ns", "default") == "tcr.ipsa\n");
    // The store keeps only the controller's entries of this list, so it does not report changes of other
    // entries.
    names.front() = "another";
    account(object_event::modified, "ns", "default", 6, names);
    BOOST_TEST(reported.size() == 1u);
    auto const view = store.find_account(store.find_namespace("ns").value(), "default").value();
    BOOST_TEST((view.extent == list_extent::own_only));
    BOOST_TEST(view.resource_version == 6u);
}

BOOST_AUTO_TEST_CASE(items_of_a_list_are_the_truth_and_an_answer_is_one)
{
    account(object_event::added, "ns", "default", 50, {"new"});
    account_reflector answered(store, nullptr, "tcr.ips", source::answer);
    accounts.begin_list();
    account(object_event::listed, "ns", "default", 20, {"old"});
    answered.begin_object();
    answered.on_object(object_event::modified, meta("made", 31, "ns"));
    accounts.end_list(30);
    BOOST_TEST(references("ns", "default") == "old\n");
    BOOST_TEST(references("ns", "made") == "");
}

BOOST_AUTO_TEST_CASE(an_account_that_cannot_be_read_is_left_alone)
{
    account(object_event::added, "ns", "default", 5, {"tcr.ipsa"});
    reported.clear();
    tcr::kube::watch_decoder events(accounts);
    events.begin_watch(5);
    std::string const bad =
        "{\"metadata\":{\"name\":\"default\",\"namespace\":\"ns\",\"resourceVersion\":\"6\"},"
        "\"imagePullSecrets\":[{\"name\":\"\xff\"}]}";
    feed(events, R"({"type":"MODIFIED","object":)" + bad + "}");
    auto const view = [&] { return store.find_account(*store.find_namespace("ns"), "default").value(); };
    BOOST_TEST((view().extent == list_extent::too_long));
    BOOST_TEST(view().resource_version == 6u);
    BOOST_TEST(reported.size() == 1u);

    tcr::kube::list_decoder page(accounts);
    accounts.begin_list();
    page.begin_page();
    feed(page, R"({"kind":"ServiceAccountList","metadata":{"resourceVersion":"9"},"items":[)" + bad + "]}");
    accounts.end_list(9);
    BOOST_TEST((view().extent == list_extent::too_long));
    BOOST_TEST(reported.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace core_reflectors_test
