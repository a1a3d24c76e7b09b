#include <tcr/controller/catalog.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace
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

/// A catalog with its reflector, fed as a watcher does, and what the reflector reported.
struct reflected
{
    catalog crs;
    strings told;
    catalog_reflector reflector{
        crs,
        {[this](std::string const& name, auto before)
         {
             told.push_back("spec " + name);
             scopes_before.push_back(std::move(before));
         },
         [this](std::string const& name) { told.push_back("status " + name); },
         [this] { told.push_back("missing"); }}};
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
        for (auto const& [name, entry] : crs)
            all.push_back(name);
        return all;
    }

    strings take_told() { return std::exchange(told, {}); }
};

#define CHECK_STRINGS(actual, ...) \
    BOOST_TEST((actual) == (strings __VA_ARGS__), boost::test_tools::per_element())

BOOST_AUTO_TEST_SUITE(catalogs)

BOOST_AUTO_TEST_CASE(a_cr_is_found_by_its_name_and_by_its_secrets)
{
    catalog crs;
    BOOST_TEST(crs.find("sample") == nullptr);
    crs.put(sample());
    BOOST_TEST_REQUIRE(crs.find("sample") != nullptr);
    BOOST_TEST(crs.find("sample")->secret.name == "tcr.ipssample");
    BOOST_TEST(crs.find_by_secret("tcr.ipssample") == crs.find("sample"));
    for (auto const* other :
         {"sample", "tcr.ips", "", "tcr.ipsother", "tcr.ipsampl", "xtcr.ipssample", "TCR.IPSsample"})
        BOOST_TEST(crs.find_by_secret(other) == nullptr, other);
    BOOST_TEST(crs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_new_cr_and_a_changed_spec_are_wishes)
{
    catalog crs;
    BOOST_TEST((crs.put(sample()) == catalog_change::spec));
    BOOST_TEST((crs.put(sample()) == std::nullopt));
    auto edit = [&](auto change)
    {
        auto cr = crs.find("sample")->cr;
        change(cr);
        BOOST_TEST((crs.put(cr) == catalog_change::spec));
        BOOST_TEST((crs.put(cr) == std::nullopt));
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
    edit([](auto& cr) { ++cr.generation; });
    BOOST_TEST(crs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_edit_changes_the_secret_and_the_matchers)
{
    catalog crs;
    crs.put(sample());
    auto const before = crs.find("sample")->secret.fingerprint;
    auto cr = sample();
    cr.spec.password = "other";
    cr.spec.namespaces = "a";
    cr.spec.service_accounts = "default";
    crs.put(cr);
    auto const& entry = *crs.find("sample");
    BOOST_TEST(entry.secret.fingerprint != before);
    BOOST_TEST((coverage_of(entry, {"a", {}, true}, "default") == coverage::covered));
    BOOST_TEST((coverage_of(entry, {"b", {}, true}, "default") == coverage::namespace_not_named));
    BOOST_TEST((coverage_of(entry, {"a", {}, true}, "builder") == coverage::account_not_named));
}

BOOST_AUTO_TEST_CASE(a_cr_recreated_under_its_name_is_a_wish_with_a_new_owner)
{
    catalog crs;
    crs.put(sample());
    auto const before = crs.find("sample")->secret.fingerprint;
    auto again = sample();
    again.uid = "uid-2";
    BOOST_TEST((crs.put(again) == catalog_change::spec));
    BOOST_TEST(crs.find("sample")->secret.fingerprint != before);
    BOOST_TEST(crs.find("sample")->secret.create_body.find("uid-2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_changed_status_is_no_wish)
{
    catalog crs;
    crs.put(sample());
    auto cr = sample();
    cr.has_status = true;
    BOOST_TEST((crs.put(cr) == catalog_change::status));
    cr.status.secrets_desired = 3;
    BOOST_TEST((crs.put(cr) == catalog_change::status));
    BOOST_TEST((crs.put(cr) == std::nullopt));
    BOOST_TEST(crs.find("sample")->cr.status.secrets_desired == 3);
    // Both at once are a wish.
    cr.status.secrets_desired = 4;
    cr.spec.password = "other";
    BOOST_TEST((crs.put(cr) == catalog_change::spec));
    BOOST_TEST(crs.find("sample")->cr.status.secrets_desired == 4);
}

BOOST_AUTO_TEST_CASE(a_status_just_written_is_no_news_when_the_watch_brings_it)
{
    catalog crs;
    crs.put(sample());
    image_pull_secret_status status;
    status.secrets_desired = 3;
    crs.set_status("sample", status);
    crs.set_status("unknown", status);
    BOOST_TEST(crs.size() == 1u);
    auto cr = sample();
    cr.status = status;
    cr.has_status = true;
    BOOST_TEST((crs.put(cr) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(a_cr_is_dropped_once)
{
    catalog crs;
    crs.put(sample());
    crs.put(sample("other"));
    BOOST_TEST(crs.drop("sample"));
    BOOST_TEST(!crs.drop("sample"));
    BOOST_TEST(crs.find("sample") == nullptr);
    BOOST_TEST(crs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_cr_without_server_username_or_password_or_with_a_strange_operator_is_not_valid)
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
    CHECK_STRINGS(at.take_told(), {"spec a", "spec b"});
    BOOST_TEST(at.crs.find("a")->cr.uid == "u1");
    at.event("MODIFIED", at.object("a", "u1", 201, "*", "", R"(,"status":{"secretsDesired":3})"));
    CHECK_STRINGS(at.take_told(), {"status a"});
    at.event("MODIFIED", at.object("a", "u1", 202, "x", "", R"(,"status":{"secretsDesired":3})"));
    CHECK_STRINGS(at.take_told(), {"spec a"});
    at.event(
        "MODIFIED",
        at.object("a", "u1", 203, "x", R"(,"labels":{"a":"b"})", R"(,"status":{"secretsDesired":3})")
    );
    CHECK_STRINGS(at.take_told(), {});
    at.event("ADDED", at.object("c", "u3", 204));
    CHECK_STRINGS(at.take_told(), {"spec c"});
    at.event("DELETED", at.object("a", "u1", 205, "x"));
    CHECK_STRINGS(at.take_told(), {"spec a"});
    CHECK_STRINGS(at.names(), {"b", "c"});
}

BOOST_AUTO_TEST_CASE(what_a_list_does_not_mention_stays_until_its_absence_is_confirmed)
{
    reflected at;
    at.list({at.object("a", "u1", 5), at.object("b", "u2", 6), at.object("c", "u3", 7)});
    at.take_told();
    at.list({at.object("b", "u2", 6), at.object("d", "u4", 8)});
    CHECK_STRINGS(at.names(), {"a", "b", "c", "d"});
    CHECK_STRINGS(at.take_told(), {"spec d", "missing"});
    BOOST_TEST((at.reflector.missing() == std::set<std::string>{"a", "c"}));
    at.reflector.drop_missing("a");
    CHECK_STRINGS(at.names(), {"b", "c", "d"});
    CHECK_STRINGS(at.take_told(), {"spec a"});
    // A read of that one object finds it.
    at.event("MODIFIED", at.object("c", "u3", 401));
    BOOST_TEST(at.reflector.missing().empty());
    // Not missing any more: a late confirmation drops nothing.
    at.reflector.drop_missing("c");
    CHECK_STRINGS(at.names(), {"b", "c", "d"});
    CHECK_STRINGS(at.take_told(), {});
}

BOOST_AUTO_TEST_CASE(a_missing_one_that_is_seen_again_is_not_dropped)
{
    reflected at;
    at.list({at.object("a", "u1", 5)});
    at.list({});
    at.event("MODIFIED", at.object("a", "u1", 401));
    at.reflector.drop_missing("a");
    CHECK_STRINGS(at.names(), {"a"});
    at.version = 500;
    at.list({});
    at.version = 600;
    at.list({at.object("a", "u1", 5)});
    BOOST_TEST(at.reflector.missing().empty());
    at.event("DELETED", at.object("a", "u1", 601));
    CHECK_STRINGS(at.names(), {});
}

BOOST_AUTO_TEST_CASE(a_list_that_does_not_end_misses_nothing)
{
    reflected at;
    at.list({at.object("a", "u1", 5)});
    at.reflector.begin_list();
    BOOST_TEST(at.reflector.missing().empty());
    // The next one that ends counts only what it mentions itself.
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

BOOST_AUTO_TEST_CASE(an_edit_comes_with_the_scope_before_it)
{
    reflected at;
    at.list({at.object("a", "u1", 5, "x")});
    BOOST_TEST((at.scopes_before.back() == nullptr));
    at.event("MODIFIED", at.object("a", "u1", 201, "y"));
    BOOST_TEST(at.scopes_before.back()->names("x"));
    at.event("DELETED", at.object("a", "u1", 202, "y"));
    BOOST_TEST(at.scopes_before.back()->names("y"));
}

BOOST_AUTO_TEST_CASE(a_cr_recreated_while_nobody_watched_is_taken_over_with_its_new_uid)
{
    reflected at;
    at.list({at.object("a", "u1", 5)});
    at.take_told();
    at.list({at.object("a", "u2", 50)});
    CHECK_STRINGS(at.take_told(), {"spec a"});
    BOOST_TEST(at.crs.find("a")->cr.uid == "u2");
}

BOOST_AUTO_TEST_CASE(a_cr_in_foreground_deletion_wants_nothing_any_more)
{
    std::string const deleting =
        R"(,"deletionTimestamp":"2026-11-24T01:02:03Z","finalizers":["foregroundDeletion"])";
    reflected at;
    at.list({at.object("a", "u1", 5), at.object("b", "u2", 6, "*", deleting)});
    CHECK_STRINGS(at.names(), {"a"});
    at.take_told();
    at.event("MODIFIED", at.object("a", "u1", 201, "*", deleting));
    CHECK_STRINGS(at.names(), {});
    CHECK_STRINGS(at.take_told(), {"spec a"});
    // Its end is no news, and neither is another change on its way there.
    at.event("MODIFIED", at.object("a", "u1", 202, "*", deleting));
    at.event("DELETED", at.object("a", "u1", 203, "*", deleting));
    CHECK_STRINGS(at.take_told(), {});
    at.event("ADDED", at.object("a", "u3", 204));
    CHECK_STRINGS(at.take_told(), {"spec a"});
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_read_stays_in_use_as_it_was)
{
    reflected at;
    at.list({reflected::object("a", "ua", 10), reflected::object("b", "ub", 11)});
    at.take_told();
    at.event("MODIFIED", reflected::object("a", "ua", 200, "\xff"));
    BOOST_TEST(at.crs.find("a")->is_valid());
    BOOST_TEST(at.crs.find("a")->cr.spec.namespaces == "*");
    at.list({reflected::object("a", "ua", 200, "\xff"), reflected::object("b", "ub", 11)});
    CHECK_STRINGS(at.names(), {"a", "b"});
    CHECK_STRINGS(at.take_told(), {});
    at.event("MODIFIED", reflected::object("a", "ua", 300, "x"));
    CHECK_STRINGS(at.take_told(), {"spec a"});
    at.event("DELETED", reflected::object("a", "ua", 301, "\xff"));
    CHECK_STRINGS(at.names(), {"b"});
}

BOOST_AUTO_TEST_CASE(one_that_was_never_readable_is_known_and_invalid)
{
    reflected at;
    at.list({reflected::object("a", "ua", 10, "\xff")});
    BOOST_TEST_REQUIRE(at.crs.find("a") != nullptr);
    BOOST_TEST(!at.crs.find("a")->is_valid());
    BOOST_TEST(at.crs.find("a")->cr.uid == "ua");
    // Another object of a name that was read before.
    at.event("MODIFIED", reflected::object("a", "ua", 200));
    BOOST_TEST(at.crs.find("a")->is_valid());
    at.event("MODIFIED", reflected::object("a", "other", 201, "\xff"));
    BOOST_TEST(!at.crs.find("a")->is_valid());
    at.event("MODIFIED", reflected::object("a", "other", 202, "\xff", R"(,"deletionTimestamp":"t")"));
    BOOST_TEST(at.crs.find("a") == nullptr);
}

BOOST_AUTO_TEST_CASE(the_longest_lists_that_the_crd_allows_are_read)
{
    reflected at;
    std::string const names(262'144, 'x');
    at.list({reflected::object("a", "ua", 10, names)});
    BOOST_TEST(at.crs.find("a")->is_valid());
    BOOST_TEST((at.crs.find("a")->cr.spec.namespaces == names));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
