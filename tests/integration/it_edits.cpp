// SPDX-License-Identifier: Apache-2.0

// Other clients edit the credential, our Secrets and the accounts, also all at the same time.
#include "harness/background.hpp"
#include "harness/fixture.hpp"
#include <tcr/util/strings.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <stdexcept>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using names = std::vector<std::string>;

/// If no write happens for this time, the test assumes that the controller has no more writes.
constexpr std::chrono::milliseconds a_while{700};

struct edits : fixture
{
    void patch_secret(std::string const& ns, spec const& cr, std::string const& change)
    {
        api.patch(secrets, ns, cr.secret(), change);
    }

    std::string uid_of_secret(std::string const& ns, spec const& cr) { return uid_of(*secret(ns, cr)); }

    /// The status of a condition of `cr`: "True", "False" or empty.
    std::string condition(spec const& cr, std::string const& type)
    {
        auto const list = at(api.get(image_pull_secrets, {}, cr.name), {"status", "conditions"});
        if (list.is_array())
            for (auto const& each : list.get_array())
                if (text_at(each.as_object(), {"type"}) == type)
                    return text_at(each.as_object(), {"status"});
        return {};
    }

    /// Whether the status of `cr` reports a conflicting Secret in this namespace, and no success.
    verdict reports_conflict(std::string const& ns, spec const& cr)
    {
        auto const object = api.get(image_pull_secrets, {}, cr.name);
        auto const failures = at(object, {"status", "secretUpdateFailed"});
        bool const is_listed =
            failures.is_array() && failures.get_array().size() == 1 &&
            text_at(failures.get_array()[0].as_object(), {"namespacedName"}) == ns + '/' + cr.secret() &&
            text_at(failures.get_array()[0].as_object(), {"reason"}) == "Conflict";
        bool const is_counted = number_at(object, {"status", "secretsDesired"}) == 1 &&
                                number_at(object, {"status", "secretsSuccess"}) == 0 &&
                                number_at(object, {"status", "sAsSuccess"}) == 0;
        bool const is_condition = condition(cr, "Conflicting") == "True" && condition(cr, "Ready") == "False";
        return is_listed && is_counted && is_condition ? verdict(true)
                                                       : wrong(json::serialize(at(object, {"status"})));
    }
};

std::vector<api_call> in_namespace(std::vector<api_call> calls, std::string const& ns)
{
    std::erase_if(calls, [&](auto const& call) { return call.ns != ns; });
    return calls;
}

std::size_t writes_of(std::vector<api_call> const& calls, std::string const& resource)
{
    return count_calls(calls, [&](auto const& call) { return call.resource == resource; });
}

/// Returns a patch that replaces the content of a Secret by a login that differs from the ImagePullSecret's
/// login.
std::string wrong_content(std::string const& more = {})
{
    return "{\"data\":{\".dockerconfigjson\":\"" +
           tcr::base64_encode(R"({"auths":{"elsewhere.example.com":{"auth":"YTpi"}}})") + "\"}" + more + "}";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(credential, edits)

BOOST_AUTO_TEST_CASE(new_password_updates_secrets_and_no_account)
{
    auto const where = make_namespaces(20);
    auto cr = serve(where);
    BOOST_TEST(eventually([&] { return counts(cr, 20, 20); }));
    std::map<std::string, std::string> uids;
    for (auto const& ns : where)
        uids[ns] = uid_of_secret(ns, cr);

    auto const mark = audit.mark();
    cr.password = "second.password";
    control_plane.kubectl(
        {"patch",
         "ipss",
         cr.name,
         "--type=merge",
         "-p",
         R"({"spec":{"docker":{"password":"second.password"}}})"}
    );
    for (auto const& ns : where)
    {
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
        BOOST_TEST(uid_of_secret(ns, cr) == uids[ns]);
    }
    let_pass(a_while);
    auto const writes = audit.controller_writes(mark);
    auto const of_ours = [&](auto const& call) { return call.name == cr.secret() && call.verb == "patch"; };
    BOOST_TEST(count_calls(writes, of_ours) == where.size(), text_of(writes));
    BOOST_TEST(writes_of(writes, "serviceaccounts") == 0u, text_of(writes));
}

BOOST_AUTO_TEST_CASE(new_server_and_user_are_written_in_place)
{
    auto const ns = make_namespace();
    auto cr = serve({ns});
    auto const uid = uid_of_secret(ns, cr);
    edit(cr, R"({"docker":{"server":"10.0.0.5:5000","username":"another-user"}})");
    cr.server = "10.0.0.5:5000";
    cr.username = "another-user";
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(uid_of_secret(ns, cr) == uid);
}

BOOST_AUTO_TEST_CASE(last_of_many_edits_wins)
{
    auto const where = make_namespaces(3);
    auto cr = serve(where);
    for (int i = 0; i < 30; ++i)
    {
        cr.password = "password." + std::to_string(i);
        edit(cr, "{\"docker\":{\"password\":\"" + cr.password + "\"}}");
    }
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(eventually([&] { return counts(cr, 3, 3); }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(status, edits)

namespace
{

using steady_clock = std::chrono::steady_clock;

/// Permitted number of writes of one status from `since` to now: the first at once, then one every 2 s.
std::size_t allowed_writes(steady_clock::time_point since)
{
    return 2 + static_cast<std::size_t>((steady_clock::now() - since) / std::chrono::seconds(2));
}

/// Counts the controller's writes of the status of `cr` since `mark`.
std::size_t status_writes(audit_log const& audit, audit_mark const& mark, spec const& cr)
{
    return count_calls(
        audit.since(mark),
        [&](auto const& call)
        { return call.is_by_controller() && call.subresource == "status" && call.name == cr.name; }
    );
}

}  // namespace

BOOST_AUTO_TEST_CASE(many_namespace_changes_cause_few_status_writes)
{
    names later;
    for (int i = 0; i < 12; ++i)
        later.push_back(fresh_name());
    spec cr;
    cr.namespaces = list_of(later);
    cr = make(cr);
    auto const mark = audit.mark();
    auto const started = steady_clock::now();
    for (auto const& ns : later)
    {
        make_namespace_called(ns);
        let_pass(std::chrono::milliseconds(150));
    }
    BOOST_TEST(eventually([&] { return counts(cr, 12, 12); }));
    BOOST_TEST(status_writes(audit, mark, cr) <= allowed_writes(started));

    auto const quiet = audit.mark();
    let_pass(std::chrono::seconds(3));
    BOOST_TEST(status_writes(audit, quiet, cr) == 0u);
}

BOOST_AUTO_TEST_CASE(many_edits_cause_few_status_writes)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    auto const mark = audit.mark();
    auto const started = steady_clock::now();
    for (int i = 0; i < 30; ++i)
    {
        edit(cr, "{\"docker\":{\"password\":\"password." + std::to_string(i) + "\"}}");
        let_pass(std::chrono::milliseconds(50));
    }
    auto const is_up_to_date = [&]() -> verdict
    {
        auto const object = api.get(image_pull_secrets, {}, cr.name);
        return number_at(object, {"status", "observedGeneration"}) ==
               number_at(object, {"metadata", "generation"});
    };
    BOOST_TEST(eventually(is_up_to_date));
    let_pass(std::chrono::seconds(3));
    BOOST_TEST(is_up_to_date());
    BOOST_TEST(status_writes(audit, mark, cr) <= allowed_writes(started));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(accounts_of_others, edits)

BOOST_AUTO_TEST_CASE(other_entries_keep_their_order)
{
    auto const ns = make_namespace();
    api.create(accounts, ns, account_body("app", {"zeta", "alpha", "mid"}));
    auto const cr = serve({ns});
    BOOST_TEST(
        references(ns, "app") == (names{"zeta", "alpha", "mid", cr.secret()}),
        boost::test_tools::per_element()
    );

    // Another client reorders the entries: its own entries come after ours, and one entry names a deleted
    // Secret.
    api.patch(
        accounts,
        ns,
        "app",
        "{\"imagePullSecrets\":[{\"name\":\"zeta\"},{\"name\":\"" + cr.secret() +
            "\"},{\"name\":\"omega\"},{\"name\":\"alpha\"}]}"
    );
    drop(cr);
    BOOST_TEST(eventually([&] { return unserved(ns, cr); }));
    BOOST_TEST(references(ns, "app") == (names{"zeta", "omega", "alpha"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(duplicate_entry_is_removed)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    auto const entry = "{\"name\":\"" + cr.secret() + "\"}";
    api.patch(
        accounts, ns, "default", "{\"imagePullSecrets\":[" + entry + ",{\"name\":\"other\"}," + entry + "]}"
    );
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(references(ns) == (names{cr.secret(), "other"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(concurrent_writer_never_loses_an_entry)
{
    auto const ns = make_namespace();
    names mine;
    int made = 0;
    // Adds an entry of the other client or removes its oldest entry. The resourceVersion in the body detects
    // conflicts.
    auto const add_or_remove = [&](cluster& other_client)
    {
        auto account = other_client.get(accounts, ns, "default");
        auto listed = references_of(account);
        auto others = listed;
        std::erase_if(others, [](auto const& name) { return !name.starts_with("other-"); });
        if (others != mine)
            throw std::runtime_error("wrote " + joined(mine) + ", found " + joined(listed));
        if (mine.size() < 6)
        {
            others.push_back("other-" + std::to_string(made++));
            listed.push_back(others.back());
        }
        else
        {
            listed.erase(std::find(listed.begin(), listed.end(), others.front()));
            others.erase(others.begin());
        }
        account["imagePullSecrets"] = account_body("", listed).as_object()["imagePullSecrets"];
        auto const written = other_client.replace(accounts, ns, "default", account);
        if (written)
            mine = others;
        else if (written.error().code != tcr::kube::errc::conflict)
            throw std::runtime_error(written.error().message());
    };
    background other_client(control_plane.kubeconfig(), add_or_remove);

    spec cr;
    cr.name = fresh_name();
    cr.namespaces = ns;
    std::minstd_rand random(1);
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(6);
    int rounds = 0;
    for (; std::chrono::steady_clock::now() < until; ++rounds)
    {
        make(cr);
        let_pass(std::chrono::milliseconds(random() % 120));
        drop(cr);
        let_pass(std::chrono::milliseconds(random() % 80));
    }
    BOOST_TEST(other_client.stop() == "");
    BOOST_TEST_MESSAGE(rounds << " rounds against " << made << " entries");
    BOOST_TEST(made > 20);
    BOOST_TEST(eventually([&] { return unserved(ns, cr); }));
    BOOST_TEST(references(ns) == mine, boost::test_tools::per_element());
    make(cr);
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    mine.push_back(cr.secret());
    BOOST_TEST(references(ns) == mine, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(removed_reference_is_restored)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    api.patch(accounts, ns, "default", R"({"imagePullSecrets":[{"name":"other"}]})");
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(references(ns) == (names{"other", cr.secret()}), boost::test_tools::per_element());
    api.patch(accounts, ns, "default", R"({"imagePullSecrets":null})");
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(references(ns) == (names{cr.secret()}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(recreated_account_is_served)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    auto const before = uid_of(api.get(accounts, ns, "default"));
    api.remove(accounts, ns, "default");  // the controller manager creates a new account
    BOOST_TEST(eventually(
        [&]
        {
            auto const account = api.find(accounts, ns, "default");
            return account && uid_of(*account) != before;
        }
    ));
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(drift, edits)

namespace
{

std::pair<char const*, std::string> const damage_cases[] = {
    {"content", wrong_content()},
    {"our label", R"({"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}})"},
    {"our label's value", R"({"metadata":{"labels":{"app.kubernetes.io/managed-by":"Helm"}}})"},
    {"all labels and annotations", R"({"metadata":{"labels":null,"annotations":null}})"},
    {"the CR's label", R"({"metadata":{"labels":{"tcr.tencentcloudcr.com/imagepullsecret":"other"}}})"},
    {"the hash", R"({"metadata":{"annotations":{"tcr.tencentcloudcr.com/content-hash":"0"}}})"},
    {"the owner", R"({"metadata":{"ownerReferences":null}})"},
    {"label and content", wrong_content(R"(,"metadata":{"labels":null})")},
};

}  // namespace

BOOST_AUTO_TEST_CASE(damaged_secrets_are_repaired_in_place)
{
    auto const where = make_namespaces(std::size(damage_cases));
    auto const cr = serve(where);
    for (std::size_t i = 0; i < where.size(); ++i)
        BOOST_TEST_CONTEXT(damage_cases[i].first)
        {
            auto const before = secret(where[i], cr);
            patch_secret(where[i], cr, damage_cases[i].second);
            BOOST_TEST(eventually([&] { return served(where[i], cr); }));
            auto const after = secret(where[i], cr);
            BOOST_TEST(uid_of(*after) == uid_of(*before));
            BOOST_TEST(at(*after, {"metadata", "labels"}) == at(*before, {"metadata", "labels"}));
            BOOST_TEST(at(*after, {"metadata", "annotations"}) == at(*before, {"metadata", "annotations"}));
        }
}

BOOST_AUTO_TEST_CASE(additions_of_others_are_kept)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    patch_secret(ns, cr, R"({"metadata":{"labels":{"theirs":"yes"},"annotations":{"theirs":"too"}}})");
    auto const version = version_of(*secret(ns, cr));
    let_pass(a_while);
    BOOST_TEST(version_of(*secret(ns, cr)) == version);
    edit(cr, R"({"docker":{"password":"another.password"}})");
    auto after = cr;
    after.password = "another.password";
    BOOST_TEST(eventually([&] { return served(ns, after); }));
    BOOST_TEST(text_at(*secret(ns, cr), {"metadata", "labels", "theirs"}) == "yes");
    BOOST_TEST(text_at(*secret(ns, cr), {"metadata", "annotations", "theirs"}) == "too");
}

BOOST_AUTO_TEST_CASE(deleted_secret_is_restored)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    auto const uid = uid_of_secret(ns, cr);
    api.remove(secrets, ns, cr.secret());
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(uid_of_secret(ns, cr) != uid);
}

BOOST_AUTO_TEST_CASE(immutable_secret_with_wrong_content_is_recreated)
{
    auto const ns = make_namespace();
    auto const cr = serve({ns});
    patch_secret(ns, cr, wrong_content(",\"immutable\":true"));
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(at(*secret(ns, cr), {"immutable"}).is_null());
}

BOOST_AUTO_TEST_CASE(immutable_secret_follows_a_new_password)
{
    auto const ns = make_namespace();
    auto cr = serve({ns});
    patch_secret(ns, cr, R"({"immutable":true})");
    auto const uid = uid_of_secret(ns, cr);
    let_pass(a_while);
    BOOST_TEST(uid_of_secret(ns, cr) == uid);
    edit(cr, R"({"docker":{"password":"second.password"}})");
    cr.password = "second.password";
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(references(ns) == (names{cr.secret()}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(contention_slows_repairs_and_ends_in_the_desired_state)
{
    auto const where = make_namespaces(3);
    auto const cr = serve(where);
    auto const mark = audit.mark();
    {
        background remover(
            control_plane.kubeconfig(),
            [&](cluster& other_client)
            {
                if (!references_of(other_client.get(accounts, where[0], "default")).empty())
                    other_client.patch(accounts, where[0], "default", R"({"imagePullSecrets":null})");
            }
        );
        background deleter(
            control_plane.kubeconfig(),
            [&](cluster& other_client) { other_client.remove(secrets, where[1], cr.secret()); }
        );
        background editor(
            control_plane.kubeconfig(),
            [&](cluster& other_client)
            {
                auto const found = other_client.get(secrets, where[2], cr.secret());
                if (json::parse(docker_config_of(found)) == expected_docker_config(cr))
                    other_client.patch(secrets, where[2], cr.secret(), wrong_content());
            }
        );
        let_pass(std::chrono::seconds(10));
        for (auto* each : {&remover, &deleter, &editor})
            BOOST_TEST(each->stop() == "");
    }
    auto const writes = audit.controller_writes(mark);
    for (auto const& ns : where)
    {
        auto const here = in_namespace(writes, ns);
        BOOST_TEST_MESSAGE(here.size() << " writes in 10 s of contention");
        BOOST_TEST(here.size() >= 3u, text_of(here));
        BOOST_TEST(here.size() <= 25u, text_of(here));
    }
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, cr); }, std::chrono::seconds(30)));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(foreign, edits)

namespace
{

enum class foreign_secret
{
    opaque,
    owned,
    managed
};

/// Returns a Secret with the name that we need. The controller must not adopt this Secret.
json::value foreign_body(foreign_secret kind, spec const& cr, std::string const& owner_uid)
{
    spec theirs;
    theirs.password = "their.password";
    if (kind == foreign_secret::opaque)
        return opaque_secret_body(cr.secret(), "theirs");
    auto body = docker_secret_body(cr.secret(), theirs);
    auto& metadata = body.as_object()["metadata"].as_object();
    if (kind == foreign_secret::owned)
        metadata["ownerReferences"] = json::array{
            json::object{{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"name", "owner"}, {"uid", owner_uid}}};
    else
        metadata["labels"] = {{"app.kubernetes.io/managed-by", "Helm"}};
    return body;
}

}  // namespace

BOOST_DATA_TEST_CASE(conflicting_secret_is_kept_and_reported, boost::unit_test::data::xrange(3), kind)
{
    auto const ns = make_namespace();
    spec cr;
    cr.name = fresh_name();
    cr.namespaces = ns;
    auto const owner = api.create(config_maps, ns, json::parse(R"({"metadata":{"name":"owner"}})"));
    api.create(secrets, ns, foreign_body(static_cast<foreign_secret>(kind), cr, uid_of(owner)));
    auto const before = *secret(ns, cr);

    make(cr);
    BOOST_TEST(eventually([&] { return reports_conflict(ns, cr); }));
    BOOST_TEST(*secret(ns, cr) == before);
    BOOST_TEST(references(ns).empty());

    // After the deletion of the Secret, the namespace is served.
    api.remove(secrets, ns, cr.secret());
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(eventually([&] { return counts(cr, 1, 1); }));
    BOOST_TEST(eventually([&] { return condition(cr, "Conflicting") == "False"; }));
    BOOST_TEST(condition(cr, "Ready") == "True");
}

BOOST_AUTO_TEST_CASE(reference_to_a_foreign_secret_is_never_removed)
{
    auto const ns = make_namespace();
    spec cr;
    cr.name = fresh_name();
    cr.namespaces = ns;
    api.create(secrets, ns, opaque_secret_body(cr.secret(), "theirs"));
    auto const before = *secret(ns, cr);
    api.patch(accounts, ns, "default", "{\"imagePullSecrets\":[{\"name\":\"" + cr.secret() + "\"}]}");
    make(cr);
    BOOST_TEST(eventually([&] { return condition(cr, "Conflicting") == "True"; }));
    drop(cr);
    let_pass(a_while);
    BOOST_TEST(*secret(ns, cr) == before);
    BOOST_TEST(references(ns) == (names{cr.secret()}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(pull_secret_without_our_label_is_adopted)
{
    auto const ns = make_namespace();
    spec cr;
    cr.name = fresh_name();
    cr.namespaces = ns;
    auto theirs = cr;
    theirs.password = "of the original software";
    auto const uid = uid_of(api.create(secrets, ns, docker_secret_body(cr.secret(), theirs)));
    api.patch(accounts, ns, "default", "{\"imagePullSecrets\":[{\"name\":\"" + cr.secret() + "\"}]}");

    auto const mark = audit.mark();
    make(cr);
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(uid_of_secret(ns, cr) == uid);
    let_pass(a_while);
    BOOST_TEST(writes_of(in_namespace(audit.controller_writes(mark), ns), "serviceaccounts") == 0u);
    drop(cr);
    BOOST_TEST(eventually([&] { return unserved(ns, cr); }));
}

BOOST_AUTO_TEST_CASE(conflict_of_one_resource_does_not_delay_the_repair_of_another)
{
    auto const ns = make_namespace();
    auto const good = serve({ns});
    spec blocked;
    blocked.name = fresh_name();
    blocked.namespaces = ns;
    api.create(secrets, ns, opaque_secret_body(blocked.secret(), "theirs"));
    make(blocked);
    // In this time, the controller retries six or seven times with growing delays. After one more try, the
    // next is at least 6.4 s away.
    let_pass(std::chrono::seconds(7));
    auto const mark = audit.mark();
    auto const has_tried = [&]() -> verdict
    {
        auto const is_try = [&](auto const& call) { return call.name == blocked.secret(); };
        return count_calls(audit.controller_writes(mark), is_try) > 0;
    };
    BOOST_TEST_REQUIRE(eventually(has_tried));
    api.remove(secrets, ns, good.secret());
    BOOST_TEST(within(std::chrono::seconds(3), [&] { return served(ns, good); }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(refusals, edits)

BOOST_AUTO_TEST_CASE(exceeded_quota_is_reported_and_retried)
{
    auto const ns = make_namespace();
    tcr::kube::resource const quotas{"", "v1", "resourcequotas", false};
    api.create(
        quotas, ns, json::parse(R"({"metadata":{"name":"none"},"spec":{"hard":{"count/secrets":"0"}}})")
    );
    BOOST_TEST_REQUIRE(eventually(
        [&] {
            return !at(api.get(quotas, ns, "none"), {"status", "hard"}).is_null();
        }
    ));
    spec cr;
    cr.namespaces = ns;
    cr = make(cr);
    auto const is_reported = [&]() -> verdict
    {
        auto const object = api.get(image_pull_secrets, {}, cr.name);
        auto const failures = at(object, {"status", "secretUpdateFailed"});
        bool const is_listed = failures.is_array() && failures.get_array().size() == 1 &&
                               text_at(failures.get_array()[0].as_object(), {"reason"}) == "QuotaExceeded";
        return is_listed ? verdict(true) : wrong(json::serialize(object));
    };
    BOOST_TEST(eventually(is_reported));
    BOOST_TEST(condition(cr, "Conflicting") == "False");
    BOOST_TEST(condition(cr, "Stalled") == "True");
    api.remove(quotas, ns, "none");
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(eventually([&] { return counts(cr, 1, 1); }));
}

BOOST_AUTO_TEST_SUITE_END()
