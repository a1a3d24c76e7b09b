// SPDX-License-Identifier: Apache-2.0
#include <tcr/controller/catalog.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

namespace catalog_test
{

using namespace tcr;
using namespace tcr::controller;
using strings = std::vector<std::string>;

image_pull_secret sample(std::string name = "sample")
{
    image_pull_secret cr;
    cr.name = std::move(name);
    cr.uid = "uid-1";
    cr.generation = 1;
    cr.spec.server = "registry.example.com";
    cr.spec.username = "user";
    cr.spec.password = "password";
    return cr;
}

/// A catalog and its reflector. The test gives the reflector lists and events and records its reports.
struct reflected
{
    catalog entries;
    strings reports;
    catalog_reflector reflector{
        entries,
        {[this](std::string const& name, auto before)
         {
             reports.push_back("spec " + name);
             scopes_before.push_back(std::move(before));
         },
         [this] { reports.push_back("status"); },
         [this] { reports.push_back("missing"); }}};
    std::vector<std::shared_ptr<namespace_scope const>> scopes_before;
    kube::list_decoder page{reflector};
    kube::watch_decoder watch{reflector};
    unsigned version = 100;

    static std::string object(
        std::string const& name,
        std::string const& uid,
        unsigned resource_version,
        std::string const& namespaces = "*",
        std::string const& more_metadata = "",
        std::string const& status = ""
    )
    {
        return R"({"metadata":{"name":")" + name + R"(","uid":")" + uid +
               R"(","generation":1,"resourceVersion":")" + std::to_string(resource_version) + "\"" +
               more_metadata + R"(},"spec":{"namespaces":")" + namespaces +
               R"(","docker":{"server":"s","username":"u","password":"p"}})" + status + "}";
    }

    void list(std::vector<std::string> const& objects)
    {
        std::string text = R"({"kind":"ImagePullSecretList","metadata":{"resourceVersion":")" +
                           std::to_string(++version) + R"("},"items":[)";
        for (auto const& each : objects)
            text += (text.back() == '[' ? "" : ",") + each;
        reflector.begin_list();
        page.begin_page();
        BOOST_TEST_REQUIRE(!page.on_body(text + "]}"));
        reflector.end_list(page.resource_version());
        watch.begin_watch(version);
    }

    void event(std::string const& type, std::string const& object)
    {
        BOOST_TEST_REQUIRE(!watch.on_body(R"({"type":")" + type + R"(","object":)" + object + "}\n"));
    }

    strings names() const
    {
        strings all;
        for (auto const& [name, entry] : entries)
            all.push_back(name);
        return all;
    }

    strings take_reports() { return std::exchange(reports, {}); }
};

#define CHECK_STRINGS(actual, ...) \
    BOOST_TEST((actual) == (strings __VA_ARGS__), boost::test_tools::per_element())

BOOST_AUTO_TEST_SUITE(catalogs)

BOOST_AUTO_TEST_CASE(an_image_pull_secret_is_found_by_its_name_and_by_its_secrets)
{
    catalog entries;
    BOOST_TEST(entries.find("sample") == nullptr);
    entries.put(sample());
    BOOST_TEST_REQUIRE(entries.find("sample") != nullptr);
    BOOST_TEST(entries.find("sample")->secret.name == "tcr.ipssample");
    BOOST_TEST(entries.find_by_secret("tcr.ipssample") == entries.find("sample"));
    for (auto const* other :
         {"sample", "tcr.ips", "", "tcr.ipsother", "tcr.ipsampl", "xtcr.ipssample", "TCR.IPSsample"})
        BOOST_TEST(entries.find_by_secret(other) == nullptr, other);
    BOOST_TEST(entries.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_new_object_and_a_changed_spec_count_as_spec_changes)
{
    catalog entries;
    BOOST_TEST((entries.put(sample()) == catalog_change::spec));
    BOOST_TEST((entries.put(sample()) == std::nullopt));
    auto edit = [&](auto change)
    {
        auto cr = entries.find("sample")->cr;
        change(cr);
        BOOST_TEST((entries.put(cr) == catalog_change::spec));
        BOOST_TEST((entries.put(cr) == std::nullopt));
    };
    edit([](auto& cr) { cr.spec.namespaces = "a,b"; });
    edit([](auto& cr) { cr.spec.service_accounts = "default"; });
    edit([](auto& cr) { cr.spec.excluded_namespaces = {"kube-system"}; });
    edit(
        [](auto& cr) {
            cr.spec.namespace_selector.requirements.push_back({"a", label_selector::op::exists, {}});
        }
    );
    edit([](auto& cr) { cr.spec.server = "other"; });
    edit([](auto& cr) { cr.spec.username = "other"; });
    edit([](auto& cr) { cr.spec.password = "other"; });
    edit([](auto& cr) { cr.spec.references = "secretsOnly"; });
    edit([](auto& cr) { ++cr.generation; });
    edit([](auto& cr) { cr.keeps_secrets = true; });
    BOOST_TEST(entries.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_edit_changes_the_secret_and_the_matchers)
{
    catalog entries;
    entries.put(sample());
    auto const before = entries.find("sample")->secret.fingerprint;
    auto cr = sample();
    cr.spec.password = "other";
    cr.spec.namespaces = "a";
    cr.spec.service_accounts = "default";
    entries.put(cr);
    auto const& entry = *entries.find("sample");
    BOOST_TEST(entry.secret.fingerprint != before);
    BOOST_TEST((coverage_of(entry, {"a", {}, true}, "default") == coverage::covered));
    BOOST_TEST((coverage_of(entry, {"b", {}, true}, "default") == coverage::namespace_not_named));
    BOOST_TEST((coverage_of(entry, {"a", {}, true}, "builder") == coverage::account_not_named));
}

BOOST_AUTO_TEST_CASE(an_object_recreated_under_its_name_is_a_spec_change_with_a_new_owner)
{
    catalog entries;
    entries.put(sample());
    auto const before = entries.find("sample")->secret.fingerprint;
    auto again = sample();
    again.uid = "uid-2";
    BOOST_TEST((entries.put(again) == catalog_change::spec));
    BOOST_TEST(entries.find("sample")->secret.fingerprint != before);
    BOOST_TEST(entries.find("sample")->secret.create_body.find("uid-2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_changed_status_is_not_a_spec_change)
{
    catalog entries;
    entries.put(sample());
    auto cr = sample();
    cr.has_status = true;
    BOOST_TEST((entries.put(cr) == catalog_change::status));
    cr.status.secrets_desired = 3;
    BOOST_TEST((entries.put(cr) == catalog_change::status));
    BOOST_TEST((entries.put(cr) == std::nullopt));
    BOOST_TEST(entries.find("sample")->cr.status.secrets_desired == 3);
    // A change of both status and spec counts as a spec change.
    cr.status.secrets_desired = 4;
    cr.spec.password = "other";
    BOOST_TEST((entries.put(cr) == catalog_change::spec));
    BOOST_TEST(entries.find("sample")->cr.status.secrets_desired == 4);
}

BOOST_AUTO_TEST_CASE(a_status_just_written_is_no_change_when_the_watch_delivers_it)
{
    catalog entries;
    entries.put(sample());
    image_pull_secret_status status;
    status.secrets_desired = 3;
    entries.set_status("sample", status);
    entries.set_status("unknown", status);
    BOOST_TEST(entries.size() == 1u);
    auto cr = sample();
    cr.status = status;
    cr.has_status = true;
    BOOST_TEST((entries.put(cr) == std::nullopt));
}

// A change of labels leaves the generation as it is.
BOOST_AUTO_TEST_CASE(an_object_that_lost_the_labels_of_an_instance_is_a_users)
{
    catalog entries;
    auto cr = sample();
    cr.instance = "tcr-one";
    entries.put(cr);
    BOOST_TEST(entries.find("sample")->cr.instance == "tcr-one");
    cr.instance.clear();
    BOOST_TEST(!entries.put(cr).has_value());
    BOOST_TEST(entries.find("sample")->cr.instance == "");
}

BOOST_AUTO_TEST_CASE(an_image_pull_secret_is_dropped_once)
{
    catalog entries;
    entries.put(sample());
    entries.put(sample("other"));
    BOOST_TEST(entries.drop("sample"));
    BOOST_TEST(!entries.drop("sample"));
    BOOST_TEST(entries.find("sample") == nullptr);
    BOOST_TEST(entries.size() == 1u);
}

BOOST_AUTO_TEST_CASE(without_server_username_or_password_or_with_an_unknown_operator_it_is_invalid)
{
    BOOST_TEST(catalog_entry(sample()).is_valid());
    auto check = [](auto edit)
    {
        auto cr = sample();
        edit(cr.spec);
        BOOST_TEST(!catalog_entry(cr).is_valid());
    };
    check([](auto& spec) { spec.server.clear(); });
    check([](auto& spec) { spec.username.clear(); });
    check([](auto& spec) { spec.password.clear(); });
    check([](auto& spec) { spec.username = "a:b"; });
    check(
        [](auto& spec) {
            spec.namespace_selector.requirements = {{"team", label_selector::op::unknown, {}, false}};
        }
    );
    auto colon = sample();
    colon.spec.password = "a:b";
    BOOST_TEST(catalog_entry(colon).is_valid());
}

BOOST_AUTO_TEST_CASE(the_reflector_reports_specs_and_statuses)
{
    reflected at;
    at.list({at.object("a", "u1", 5), at.object("b", "u2", 6)});
    CHECK_STRINGS(at.take_reports(), {"spec a", "spec b"});
    BOOST_TEST(at.entries.find("a")->cr.uid == "u1");
    at.event("MODIFIED", at.object("a", "u1", 201, "*", "", R"(,"status":{"secretsDesired":3})"));
    CHECK_STRINGS(at.take_reports(), {"status"});
    at.event("MODIFIED", at.object("a", "u1", 202, "x", "", R"(,"status":{"secretsDesired":3})"));
    CHECK_STRINGS(at.take_reports(), {"spec a"});
    at.event(
        "MODIFIED",
        at.object("a", "u1", 203, "x", R"(,"labels":{"a":"b"})", R"(,"status":{"secretsDesired":3})")
    );
    CHECK_STRINGS(at.take_reports(), {});
    at.event("ADDED", at.object("c", "u3", 204));
    CHECK_STRINGS(at.take_reports(), {"spec c"});
    at.event("DELETED", at.object("a", "u1", 205, "x"));
    CHECK_STRINGS(at.take_reports(), {"spec a"});
    CHECK_STRINGS(at.names(), {"b", "c"});
}

BOOST_AUTO_TEST_CASE(an_object_that_a_list_lacks_stays_until_its_deletion_is_confirmed)
{
    reflected at;
    at.list({at.object("a", "u1", 5), at.object("b", "u2", 6), at.object("c", "u3", 7)});
    at.take_reports();
    at.list({at.object("b", "u2", 6), at.object("d", "u4", 8)});
    CHECK_STRINGS(at.names(), {"a", "b", "c", "d"});
    CHECK_STRINGS(at.take_reports(), {"spec d", "missing"});
    BOOST_TEST((at.reflector.missing() == std::set<std::string>{"a", "c"}));
    at.reflector.resolve_missing("a", true);
    CHECK_STRINGS(at.names(), {"b", "c", "d"});
    CHECK_STRINGS(at.take_reports(), {"spec a"});
    // The controller reads the missing object "c", and the object exists.
    at.event("MODIFIED", at.object("c", "u3", 401));
    BOOST_TEST(at.reflector.missing().empty());
    // A late confirmation of the deletion does not drop "c", because "c" is no longer missing.
    at.reflector.resolve_missing("c", true);
    CHECK_STRINGS(at.names(), {"b", "c", "d"});
    CHECK_STRINGS(at.take_reports(), {});
}

BOOST_AUTO_TEST_CASE(a_missing_object_that_is_seen_again_is_not_dropped)
{
    reflected at;
    at.list({at.object("a", "u1", 5)});
    at.list({});
    at.event("MODIFIED", at.object("a", "u1", 401));
    at.reflector.resolve_missing("a", true);
    CHECK_STRINGS(at.names(), {"a"});
    at.version = 500;
    at.list({});
    at.version = 600;
    at.list({at.object("a", "u1", 5)});
    BOOST_TEST(at.reflector.missing().empty());
    at.event("DELETED", at.object("a", "u1", 601));
    CHECK_STRINGS(at.names(), {});
}

BOOST_AUTO_TEST_CASE(a_missing_object_that_a_read_found_stays)
{
    reflected at;
    at.list({at.object("a", "u1", 5)});
    at.list({});
    at.take_reports();
    at.reflector.resolve_missing("a", false);
    BOOST_TEST(at.reflector.missing().empty());
    at.reflector.resolve_missing("a", true);
    CHECK_STRINGS(at.names(), {"a"});
    CHECK_STRINGS(at.take_reports(), {});
}

BOOST_AUTO_TEST_CASE(an_incomplete_list_reports_nothing_as_missing)
{
    reflected at;
    at.list({at.object("a", "u1", 5)});
    at.reflector.begin_list();
    BOOST_TEST(at.reflector.missing().empty());
    // The next list is complete and lacks "a".
    at.list({at.object("b", "u2", 6)});
    BOOST_TEST((at.reflector.missing() == std::set<std::string>{"a"}));
}

BOOST_AUTO_TEST_CASE(events_between_two_lists_do_not_count_as_listed)
{
    reflected at;
    at.list({at.object("a", "u1", 5)});
    at.event("ADDED", at.object("b", "u2", 201));
    at.version = 300;
    at.list({at.object("a", "u1", 5)});
    BOOST_TEST((at.reflector.missing() == std::set<std::string>{"b"}));
}

BOOST_AUTO_TEST_CASE(an_edit_is_reported_with_the_previous_scope)
{
    reflected at;
    at.list({at.object("a", "u1", 5, "x")});
    BOOST_TEST((at.scopes_before.back() == nullptr));
    at.event("MODIFIED", at.object("a", "u1", 201, "y"));
    BOOST_TEST(at.scopes_before.back()->names("x"));
    at.event("DELETED", at.object("a", "u1", 202, "y"));
    BOOST_TEST(at.scopes_before.back()->names("y"));
}

BOOST_AUTO_TEST_CASE(an_object_recreated_while_not_watched_gets_its_new_uid)
{
    reflected at;
    at.list({at.object("a", "u1", 5)});
    at.take_reports();
    at.list({at.object("a", "u2", 50)});
    CHECK_STRINGS(at.take_reports(), {"spec a"});
    BOOST_TEST(at.entries.find("a")->cr.uid == "u2");
}

BOOST_AUTO_TEST_CASE(an_object_in_foreground_deletion_is_dropped)
{
    std::string const deleting =
        R"(,"deletionTimestamp":"2026-11-24T01:02:03Z","finalizers":["foregroundDeletion"])";
    reflected at;
    at.list({at.object("a", "u1", 5), at.object("b", "u2", 6, "*", deleting)});
    CHECK_STRINGS(at.names(), {"a"});
    at.take_reports();
    at.event("MODIFIED", at.object("a", "u1", 201, "*", deleting));
    CHECK_STRINGS(at.names(), {});
    CHECK_STRINGS(at.take_reports(), {"spec a"});
    // The object is already dropped: its later change and its deletion are not reported.
    at.event("MODIFIED", at.object("a", "u1", 202, "*", deleting));
    at.event("DELETED", at.object("a", "u1", 203, "*", deleting));
    CHECK_STRINGS(at.take_reports(), {});
    at.event("ADDED", at.object("a", "u3", 204));
    CHECK_STRINGS(at.take_reports(), {"spec a"});
}

BOOST_AUTO_TEST_CASE(an_unreadable_object_stays_in_use_as_last_read)
{
    reflected at;
    at.list({reflected::object("a", "ua", 10), reflected::object("b", "ub", 11)});
    at.take_reports();
    at.event("MODIFIED", reflected::object("a", "ua", 200, "\xff"));
    BOOST_TEST(at.entries.find("a")->is_valid());
    BOOST_TEST(at.entries.find("a")->cr.spec.namespaces == "*");
    at.list({reflected::object("a", "ua", 200, "\xff"), reflected::object("b", "ub", 11)});
    CHECK_STRINGS(at.names(), {"a", "b"});
    CHECK_STRINGS(at.take_reports(), {});
    at.event("MODIFIED", reflected::object("a", "ua", 300, "x"));
    CHECK_STRINGS(at.take_reports(), {"spec a"});
    at.event("DELETED", reflected::object("a", "ua", 301, "\xff"));
    CHECK_STRINGS(at.names(), {"b"});
}

BOOST_AUTO_TEST_CASE(an_object_that_was_never_readable_is_known_and_invalid)
{
    reflected at;
    at.list({reflected::object("a", "ua", 10, "\xff")});
    BOOST_TEST_REQUIRE(at.entries.find("a") != nullptr);
    BOOST_TEST(!at.entries.find("a")->is_valid());
    BOOST_TEST(at.entries.find("a")->cr.uid == "ua");
    // An unreadable object with the same name but another UID does not keep the spec of the former object.
    at.event("MODIFIED", reflected::object("a", "ua", 200));
    BOOST_TEST(at.entries.find("a")->is_valid());
    at.event("MODIFIED", reflected::object("a", "other", 201, "\xff"));
    BOOST_TEST(!at.entries.find("a")->is_valid());
    at.event("MODIFIED", reflected::object("a", "other", 202, "\xff", R"(,"deletionTimestamp":"t")"));
    BOOST_TEST(at.entries.find("a") == nullptr);
}

BOOST_AUTO_TEST_CASE(the_longest_lists_that_the_crd_allows_are_read)
{
    reflected at;
    std::string const names(262'144, 'x');
    at.list({reflected::object("a", "ua", 10, names)});
    BOOST_TEST(at.entries.find("a")->is_valid());
    BOOST_TEST((at.entries.find("a")->cr.spec.namespaces == names));
}

BOOST_AUTO_TEST_CASE(an_object_that_keeps_its_secrets_is_invalid_until_it_is_gone)
{
    reflected at;
    at.list({at.object("a", "1", 5)});
    BOOST_TEST(at.entries.find("a")->is_valid());
    std::string const deleting = R"(,"deletionTimestamp":"2026-11-30T00:00:00Z","finalizers":["x","orphan"])";
    at.take_reports();
    at.event("MODIFIED", at.object("a", "1", 201, "*", deleting));
    CHECK_STRINGS(at.take_reports(), {"spec a"});
    BOOST_TEST_REQUIRE(at.entries.find("a") != nullptr);
    BOOST_TEST(at.entries.find("a")->problem() == "it is being deleted with --cascade=orphan");
    BOOST_TEST(!at.entries.has_released("tcr.ipsa"));
    at.event("DELETED", at.object("a", "1", 202, "*", deleting));
    BOOST_TEST(at.entries.find("a") == nullptr);
    BOOST_TEST(at.entries.has_released("tcr.ipsa"));
    at.event("ADDED", at.object("a", "2", 203));
    BOOST_TEST(!at.entries.has_released("tcr.ipsa"));
    at.event("DELETED", at.object("a", "2", 204));
    BOOST_TEST(!at.entries.has_released("tcr.ipsa"));
}

BOOST_AUTO_TEST_CASE(a_list_shows_an_object_that_keeps_its_secrets)
{
    reflected at;
    at.list(
        {at.object(
             "a", "1", 5, "*", R"(,"deletionTimestamp":"2026-11-30T00:00:00Z","finalizers":["orphan"])"
         ),
         at.object(
             "b",
             "2",
             6,
             "*",
             R"(,"deletionTimestamp":"2026-11-30T00:00:00Z","finalizers":["foregroundDeletion"])"
         ),
         at.object("c", "3", 7, "*", R"(,"finalizers":["orphan"])")}
    );
    CHECK_STRINGS(at.names(), {"a", "c"});
    BOOST_TEST(!at.entries.find("a")->is_valid());
    BOOST_TEST(at.entries.find("c")->is_valid());
}

BOOST_AUTO_TEST_CASE(released_names_are_bounded)
{
    catalog entries;
    for (std::size_t i = 0; i <= catalog::max_released; ++i)
    {
        auto cr = sample("x" + std::to_string(1'000'000 + i));
        cr.spec.references = "secretsOnly";
        entries.put(cr);
        entries.drop(cr.name);
    }
    BOOST_TEST(!entries.has_released("tcr.ipsx1000000"));
    BOOST_TEST(entries.has_released("tcr.ipsx1000001"));
    // The newest name stays, wherever it stands in the order of the names.
    auto cr = sample("a");
    cr.spec.references = "secretsOnly";
    entries.put(cr);
    entries.drop(cr.name);
    BOOST_TEST(entries.has_released("tcr.ipsa"));
    BOOST_TEST(!entries.has_released("tcr.ipsx1000001"));
}

BOOST_AUTO_TEST_CASE(an_object_without_access_to_its_secret_is_not_valid)
{
    catalog entries;
    entries.put(sample("a"));
    entries.put(sample("b"));
    BOOST_TEST(
        entries.set_access(secret_access({"tcr.ipsa"}, "own")) == strings{"b"},
        boost::test_tools::per_element()
    );
    BOOST_TEST(entries.find("a")->is_valid());
    BOOST_TEST(!entries.find("b")->is_valid());
    BOOST_TEST(entries.find("b")->problem() == entries.access().problem_of("b"));
    // A new object, an edit, and a preview of an edit have the same access.
    entries.put(sample("c"));
    BOOST_TEST(!entries.find("c")->is_valid());
    auto edited = sample("b");
    ++edited.generation;
    entries.put(edited);
    BOOST_TEST(!entries.find("b")->is_valid());
    BOOST_TEST(!entries.entry_for(edited).is_valid());
    // "c" lacks access before and after the change, so it is not reported.
    BOOST_TEST(
        entries.set_access(secret_access({"tcr.ipsb"}, "own")) == (strings{"a", "b"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(entries.set_access({}) == (strings{"a", "c"}), boost::test_tools::per_element());
    BOOST_TEST(entries.find("c")->is_valid());
    BOOST_TEST(entries.set_access({}).empty());
}

BOOST_AUTO_TEST_CASE(the_version_of_a_spec_changes_with_edits_and_deletions)
{
    catalog entries;
    std::set<std::uint64_t> versions{entries.spec_version("tcr.ipssample")};
    auto cr = sample();
    for (int edits = 0; edits < 3; ++edits)
    {
        ++cr.generation;
        entries.put(cr);
        versions.insert(entries.spec_version("tcr.ipssample"));
        entries.drop(cr.name);
        versions.insert(entries.spec_version("tcr.ipssample"));
    }
    BOOST_TEST(versions.size() == 7u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace catalog_test
