// SPDX-License-Identifier: Apache-2.0

// The controller removes Secrets and references that are no longer desired, even if they became undesired
// while it was stopped. Objects of other clients are kept.
#include "harness/fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using names = std::vector<std::string>;
using std::chrono::milliseconds;

/// The garbage collector may need this long to notice the deletion of an owner.
constexpr std::chrono::milliseconds collection{4000};

struct removal : fixture
{
    /// Objects of other clients in a namespace: two Secrets, one of which has a name like ours, and an
    /// account that refers to both.
    struct foreign_objects
    {
        json::object plain;
        json::object like_ours;
        names references{"their-registry", "tcr.ips-of-the-original"};
    };

    foreign_objects make_foreign_objects(std::string const& ns)
    {
        foreign_objects made;
        made.plain = api.create(secrets, ns, docker_secret_body(made.references[0], spec()));
        made.like_ours = api.create(secrets, ns, docker_secret_body(made.references[1], spec()));
        api.create(accounts, ns, account_body("app", made.references));
        return made;
    }

    verdict are_untouched(std::string const& ns, foreign_objects const& before)
    {
        if (api.get(secrets, ns, before.references[0]) != before.plain ||
            api.get(secrets, ns, before.references[1]) != before.like_ours)
            return wrong("a foreign Secret of " + ns + " was replaced");
        auto const listed = references(ns, "app");
        return listed == before.references ? verdict(true) : wrong("account app has " + joined(listed));
    }

    /// Stops the controller, calls `change`, and starts the controller again.
    void while_stopped(std::function<void()> const& change)
    {
        controller.stop();
        change();
        controller.start();
    }

    /// Deletes the ImagePullSecret and creates another one with the same name and a new password, like
    /// `kubectl replace --force`.
    spec replace_by_force(spec cr)
    {
        cr.password = "of the second life";
        auto const file = json::serialize(body_of(cr));
        auto const done = control_plane.try_kubectl({"replace", "--force", "-f", "-"}, file);
        BOOST_TEST_REQUIRE(done.status == 0, done.err);
        return cr;
    }
};

/// Parameter of a case: whether the controller is stopped during the change.
auto const stopped_or_running = boost::unit_test::data::make({false, true});

}  // namespace

BOOST_FIXTURE_TEST_SUITE(removals, removal)

BOOST_DATA_TEST_CASE(deleted_resource_leaves_nothing_behind, stopped_or_running, is_stopped)
{
    auto const where = make_namespaces(3);
    std::map<std::string, foreign_objects> others;
    for (auto const& ns : where)
        others[ns] = make_foreign_objects(ns);
    auto const cr = serve(where);
    if (is_stopped)
        while_stopped([&] { drop(cr); });
    else
        drop(cr);
    for (auto const& ns : where)
    {
        BOOST_TEST(eventually([&] { return unserved(ns, cr); }));
        BOOST_TEST(are_untouched(ns, others[ns]));
    }
}

BOOST_DATA_TEST_CASE(narrowed_resource_leaves_the_excluded_namespaces, stopped_or_running, is_stopped)
{
    auto const where = make_namespaces(3);
    std::map<std::string, foreign_objects> others;
    for (auto const& ns : where)
        others[ns] = make_foreign_objects(ns);
    auto const cr = serve(where);
    auto const kept = *secret(where[1], cr);
    auto const mark = audit.mark();
    auto const narrow = [&] { edit(cr, "{\"namespaces\":\"" + where[1] + "\"}"); };
    if (is_stopped)
        while_stopped(narrow);
    else
        narrow();
    for (auto const& ns : {where[0], where[2]})
    {
        BOOST_TEST(eventually([&] { return unserved(ns, cr); }));
        BOOST_TEST(are_untouched(ns, others[ns]));
    }
    for (auto const& ns : {where[0], where[2]})
    {
        std::vector<api_call> writes;
        auto const all_are_logged = [&]() -> verdict
        {
            writes = audit.controller_writes(mark);
            std::erase_if(writes, [&](auto const& call) { return call.ns != ns; });
            return writes.size() >= 3;
        };
        BOOST_TEST_REQUIRE(eventually(all_are_logged), text_of(writes));
        // The controller first writes the two accounts, then deletes the Secret, so that no pod refers to a
        // missing Secret.
        BOOST_TEST(writes.size() == 3u, text_of(writes));
        BOOST_TEST(writes.back().resource == "secrets", text_of(writes));
    }
    BOOST_TEST(served(where[1], cr));
    BOOST_TEST(*secret(where[1], cr) == kept);
    BOOST_TEST(eventually([&] { return counts(cr, 1, 2); }));
}

BOOST_DATA_TEST_CASE(namespace_that_lost_its_label_is_cleaned_up, stopped_or_running, is_stopped)
{
    auto const ns = make_namespace({{"team", "dev"}});
    spec cr;
    cr.more_spec = json::parse(R"({"namespaceSelector":{"matchLabels":{"team":"dev"}}})").as_object();
    cr = make(cr);
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    auto const relabel = [&] { api.patch(namespaces, {}, ns, R"({"metadata":{"labels":{"team":"ops"}}})"); };
    if (is_stopped)
        while_stopped(relabel);
    else
        relabel();
    BOOST_TEST(eventually([&] { return unserved(ns, cr); }));
}

BOOST_DATA_TEST_CASE(account_no_longer_matched_loses_only_the_reference, stopped_or_running, is_stopped)
{
    auto const ns = make_namespace();
    api.create(accounts, ns, account_body("app", {"other"}));
    auto cr = serve({ns});
    auto const uid = uid_of(*secret(ns, cr));
    auto const narrow = [&] { edit(cr, R"({"serviceAccounts":"default"})"); };
    if (is_stopped)
        while_stopped(narrow);
    else
        narrow();
    cr.service_accounts = "default";
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(references(ns, "app") == (names{"other"}), boost::test_tools::per_element());
    BOOST_TEST(uid_of(*secret(ns, cr)) == uid);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(recreation, removal)

BOOST_DATA_TEST_CASE(recreated_resource_ends_with_its_own_secrets, stopped_or_running, is_stopped)
{
    auto const where = make_namespaces(5);
    auto cr = serve(where);
    if (is_stopped)
        while_stopped([&] { cr = replace_by_force(cr); });
    else
        cr = replace_by_force(cr);
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
    // The garbage collector knows only the UID of the old owner. It must not delete the Secrets.
    let_pass(collection);
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(eventually([&] { return counts(cr, 5, 5); }));
}

BOOST_AUTO_TEST_CASE(new_owner_is_set_before_garbage_collection)
{
    auto const where = make_namespaces(3);
    auto cr = serve(where);
    std::map<std::string, std::string> uids;
    for (auto const& ns : where)
        uids[ns] = uid_of(*secret(ns, cr));
    {
        paused const collector(control_plane, "controller-manager");
        while_stopped([&] { cr = replace_by_force(cr); });
        for (auto const& ns : where)
            BOOST_TEST(eventually([&] { return served(ns, cr); }));
    }
    let_pass(collection);
    for (auto const& ns : where)
    {
        BOOST_TEST(served(ns, cr));
        BOOST_TEST(uid_of(*secret(ns, cr)) == uids[ns]);
    }
}

BOOST_AUTO_TEST_SUITE_END()

namespace
{

struct orphaning : removal
{
    /// Deletes the ImagePullSecret and keeps its Secrets. \param waits whether to wait until it is gone
    void drop_as_orphan(spec const& cr, bool waits = true)
    {
        control_plane.kubectl(
            {"delete", "ipss", cr.name, "--cascade=orphan", waits ? "--wait=true" : "--wait=false"}
        );
    }

    /// Whether the namespace has the Secret as it was, without an owner, and the references to it.
    verdict is_kept(std::string const& ns, spec const& cr, json::object const& before)
    {
        auto const found = secret(ns, cr);
        if (!found || uid_of(*found) != uid_of(before))
            return wrong(ns + " lacks the Secret, or has another one");
        if (!at(*found, {"metadata", "ownerReferences"}).is_null())
            return wrong("the Secret has an owner: " + json::serialize(*found));
        if (docker_config_of(*found) != docker_config_of(before))
            return wrong("the Secret was changed: " + json::serialize(*found));
        auto const listed = references(ns);
        return listed == names{cr.secret()} ? verdict(true) : wrong("account default has " + joined(listed));
    }

    /// Whether all namespaces keep their Secrets for a while.
    void check_kept(std::map<std::string, json::object> const& before, spec const& cr)
    {
        for (auto const& [ns, found] : before)
            BOOST_TEST(eventually([&] { return is_kept(ns, cr, found); }));
        let_pass(milliseconds(2000));
        for (auto const& [ns, found] : before)
            BOOST_TEST(is_kept(ns, cr, found));
    }

    /// The Secrets of an ImagePullSecret, by namespace.
    std::map<std::string, json::object> secrets_of(spec const& cr, names const& where)
    {
        std::map<std::string, json::object> found;
        for (auto const& ns : where)
            found[ns] = *secret(ns, cr);
        return found;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(orphan_deletions, orphaning)

BOOST_DATA_TEST_CASE(secrets_and_references_stay_until_the_object_returns, stopped_or_running, is_stopped)
{
    auto const where = make_namespaces(3);
    auto const cr = serve(where);
    auto const before = secrets_of(cr, where);
    auto const mark = audit.mark();
    if (is_stopped)
        while_stopped([&] { drop_as_orphan(cr); });
    else
        drop_as_orphan(cr);
    check_kept(before, cr);
    while_stopped([] {});
    check_kept(before, cr);
    BOOST_TEST(audit.controller_writes(mark).empty(), text_of(audit.controller_writes(mark)));

    make(cr);
    for (auto const& ns : where)
    {
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
        BOOST_TEST(uid_of(*secret(ns, cr)) == uid_of(before.at(ns)));
    }
    // Now an ordinary deletion of the ImagePullSecret removes the Secrets and references.
    drop(cr);
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return unserved(ns, cr); }));
}

BOOST_AUTO_TEST_CASE(a_restart_during_the_deletion_keeps_secrets)
{
    auto const where = make_namespaces(2);
    auto const cr = serve(where);
    auto const before = secrets_of(cr, where);
    auto const mark = audit.mark();
    {
        paused const collector(control_plane, "controller-manager");
        drop_as_orphan(cr, false);
        let_pass(milliseconds(500));
        BOOST_TEST(api.find(image_pull_secrets, {}, cr.name).has_value());
        while_stopped([] {});
        for (auto const& ns : where)
            BOOST_TEST(served(ns, cr));
    }
    BOOST_TEST(eventually([&] { return !api.find(image_pull_secrets, {}, cr.name); }));
    check_kept(before, cr);
    BOOST_TEST(audit.controller_writes(mark).empty(), text_of(audit.controller_writes(mark)));
}

BOOST_AUTO_TEST_CASE(a_new_leader_keeps_secrets)
{
    auto const where = make_namespaces(2);
    auto const cr = serve(where);
    auto const before = secrets_of(cr, where);
    controller_process const second(control_plane, "second");
    second.start();
    drop_as_orphan(cr);
    controller.stop();
    BOOST_TEST(eventually([&] { return second.has_logged("acquired the lease", 0); }));
    check_kept(before, cr);
    make(cr);
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
    controller.start();
    second.stop();
}

BOOST_AUTO_TEST_CASE(an_object_takes_up_only_the_secrets_of_its_namespaces)
{
    auto const where = make_namespaces(2);
    auto cr = serve(where);
    auto const before = secrets_of(cr, where);
    drop_as_orphan(cr);
    cr.namespaces = where[0];
    make(cr);
    BOOST_TEST(eventually([&] { return served(where[0], cr); }));
    while_stopped([] {});
    let_pass(milliseconds(1000));
    BOOST_TEST(is_kept(where[1], cr, before.at(where[1])));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(end_of_namespaces, removal)

BOOST_AUTO_TEST_CASE(deleted_namespaces_cause_no_errors)
{
    auto const old = make_namespaces(6);
    auto young = names{};
    for (int i = 0; i < 6; ++i)
        young.push_back(fresh_name());
    auto all = old;
    all.insert(all.end(), young.begin(), young.end());
    spec cr;
    cr.namespaces = list_of(all);
    cr = make(cr);
    for (auto const& ns : old)
        BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));

    auto const mark = controller.mark();
    std::vector<json::value> bodies;
    for (auto const& ns : young)
        bodies.push_back(namespace_body(ns));
    // Deletes the namespaces while the controller works in some of them.
    api.create_all(namespaces, {}, bodies);
    api.remove_all(namespaces, all);
    auto const are_gone = [&]() -> verdict
    {
        for (auto const& ns : all)
            if (api.find(namespaces, {}, ns))
                return wrong(ns + " still exists");
        return true;
    };
    BOOST_TEST(eventually(are_gone, std::chrono::seconds(60)));
    auto const complaints = controller.complaints(mark);
    BOOST_TEST(complaints.empty(), joined(complaints));
    BOOST_TEST(eventually([&] { return counts(cr, 0, 0); }));

    // The controller serves a new namespace with the name of a deleted namespace.
    make_namespace_called(all.front());
    BOOST_TEST(eventually([&] { return served(all.front(), cr); }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(lost_labels, removal)

namespace
{

char const no_labels[] = R"({"metadata":{"labels":null}})";

}  // namespace

BOOST_AUTO_TEST_CASE(undesired_unlabelled_secret_is_found_at_start)
{
    auto const where = make_namespaces(2);
    auto const cr = serve(where);
    while_stopped(
        [&]
        {
            for (auto const& ns : where)
                api.patch(secrets, ns, cr.secret(), no_labels);
            edit(cr, "{\"namespaces\":\"" + where[1] + "\"}");
            // Afterwards no account refers to the Secret.
            api.patch(accounts, where[0], "default", R"({"imagePullSecrets":null})");
        }
    );
    BOOST_TEST(eventually([&] { return unserved(where[0], cr); }));
    BOOST_TEST(eventually([&] { return served(where[1], cr); }));
}

BOOST_AUTO_TEST_CASE(unlabelled_secret_of_a_deleted_resource_is_removed)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    while_stopped(
        [&]
        {
            api.patch(secrets, ns, cr.secret(), no_labels);
            drop(cr);
        }
    );
    BOOST_TEST(eventually([&] { return unserved(ns, cr); }));
}

BOOST_AUTO_TEST_SUITE_END()
