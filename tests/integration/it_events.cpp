// SPDX-License-Identifier: Apache-2.0

// Events about ImagePullSecrets, as `kubectl describe ipss` lists them.
#include "harness/fixture.hpp"
#include "harness/text.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using std::chrono::seconds;

tcr::kube::resource const quotas{"", "v1", "resourcequotas", false};

struct event_fixture : fixture
{
    std::vector<json::object> about(spec const& cr, std::string const& reason = {})
    {
        auto const uid = uid_of(api.get(image_pull_secrets, {}, cr.name));
        auto found = api.list(tcr::test::events, "default");
        std::erase_if(
            found,
            [&](auto const& event)
            {
                return text_at(event, {"involvedObject", "uid"}) != uid ||
                       (!reason.empty() && text_at(event, {"reason"}) != reason);
            }
        );
        return found;
    }

    /// Whether exactly one Event has this count and a message that contains `words`.
    verdict has_event(
        spec const& cr,
        std::string const& reason,
        std::string const& type,
        std::int64_t count,
        std::string const& words = {}
    )
    {
        auto const found = about(cr, reason);
        if (found.size() != 1)
            return wrong(std::to_string(found.size()) + " Events with reason " + reason);
        auto const& event = found.front();
        bool const is_right = text_at(event, {"type"}) == type && number_at(event, {"count"}) == count &&
                              text_at(event, {"message"}).find(words) != std::string::npos;
        return is_right ? verdict(true) : wrong(json::serialize(event));
    }

    std::size_t event_writes(audit_mark const& mark)
    {
        return count_calls(
            audit.since(mark),
            [](auto const& call)
            { return call.is_by_controller() && call.is_write() && call.resource == "events"; }
        );
    }

    std::string described(spec const& cr) { return control_plane.kubectl({"describe", "ipss", cr.name}); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(event_suite, event_fixture)

BOOST_AUTO_TEST_CASE(many_secrets_are_one_event)
{
    auto const where = make_namespaces(30);
    auto const mark = audit.mark();
    auto const cr = serve(where);
    BOOST_TEST(eventually([&] { return has_event(cr, "SecretCreated", "Normal", 30, "/" + cr.secret()); }));
    BOOST_TEST(about(cr).size() == 1u);
    BOOST_TEST(event_writes(mark) <= 2u);

    auto const event = about(cr).front();
    BOOST_TEST(contains(text_at(event, {"message"}), " was created (and 29 more like it)"));
    BOOST_TEST(text_at(event, {"involvedObject", "apiVersion"}) == "tcr.tencentcloudcr.com/v1");
    BOOST_TEST(text_at(event, {"involvedObject", "kind"}) == "ImagePullSecret");
    BOOST_TEST(text_at(event, {"involvedObject", "name"}) == cr.name);
    BOOST_TEST(text_at(event, {"source", "component"}) == "tcr-assistant");
    BOOST_TEST(text_at(event, {"reportingComponent"}) == "tcr-assistant");
    BOOST_TEST(text_at(event, {"firstTimestamp"}) <= text_at(event, {"lastTimestamp"}));

    auto const text = described(cr);
    BOOST_TEST(contains(text, "SecretCreated"), text);
    BOOST_TEST(contains(text, "tcr-assistant"), text);
    BOOST_TEST(contains(text, "29 more like it"), text);
}

BOOST_AUTO_TEST_CASE(new_credential_and_repair_are_separate_events)
{
    auto const where = make_namespaces(3);
    auto cr = serve(where);
    edit(cr, R"({"docker":{"password":"second.password"}})");
    cr.password = "second.password";
    BOOST_TEST(eventually([&]
                          { return has_event(cr, "CredentialUpdated", "Normal", 3, "the new credential"); }));

    api.patch(secrets, where[0], cr.secret(), R"({"data":{".dockerconfigjson":"e30="}})");
    BOOST_TEST(eventually([&] { return served(where[0], cr); }));
    BOOST_TEST(eventually([&] { return has_event(cr, "SecretRepaired", "Normal", 1, where[0] + "/"); }));
    api.patch(
        secrets, where[1], cr.secret(), R"({"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}})"
    );
    BOOST_TEST(eventually([&] { return has_event(cr, "SecretRepaired", "Normal", 2); }));
    BOOST_TEST(has_event(cr, "CredentialUpdated", "Normal", 3));
    BOOST_TEST(has_event(cr, "SecretCreated", "Normal", 3));
}

BOOST_AUTO_TEST_CASE(adopted_secret_is_an_event)
{
    auto const ns = make_namespace();
    spec cr;
    cr.name = fresh_name();
    cr.namespaces = ns;
    spec other = cr;
    other.password = "second.password";
    api.create(secrets, ns, docker_secret_body(cr.secret(), other));
    cr = make(cr);
    BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST(eventually([&] { return has_event(cr, "SecretAdopted", "Normal", 1, ns + "/" + cr.secret()); })
    );
    BOOST_TEST(about(cr).size() == 1u);
}

BOOST_AUTO_TEST_CASE(conflicting_secret_is_a_warning)
{
    auto const where = make_namespaces(2);
    spec cr;
    cr.name = fresh_name();
    cr.namespaces = list_of(where);
    api.create(secrets, where[0], opaque_secret_body(cr.secret(), "first.password"));
    cr = make(cr);
    auto const is_reported = [&]() -> verdict
    {
        auto const found = about(cr, "Conflict");
        bool const is_right = found.size() == 1 && text_at(found[0], {"type"}) == "Warning" &&
                              contains(text_at(found[0], {"message"}), where[0] + "/" + cr.secret());
        return is_right ? verdict(true) : wrong(std::to_string(found.size()) + " Events");
    };
    BOOST_TEST(eventually(is_reported));
    BOOST_TEST(eventually([&] { return has_event(cr, "SecretCreated", "Normal", 1, where[1] + "/"); }));
    auto const text = described(cr);
    BOOST_TEST(contains(text, "Warning"), text);
    BOOST_TEST(contains(text, "Conflict"), text);
}

BOOST_AUTO_TEST_CASE(exceeded_quota_is_a_warning)
{
    auto const ns = make_namespace();
    api.create(
        quotas, ns, json::parse(R"({"metadata":{"name":"none"},"spec":{"hard":{"count/secrets":"0"}}})")
    );
    BOOST_TEST_REQUIRE(eventually(
        [&] {
            return verdict(!at(api.get(quotas, ns, "none"), {"status", "hard"}).is_null());
        }
    ));
    spec cr;
    cr.namespaces = ns;
    cr = make(cr);
    auto const is_reported = [&]() -> verdict
    {
        auto const found = about(cr, "QuotaExceeded");
        bool const is_right = found.size() == 1 && text_at(found[0], {"type"}) == "Warning" &&
                              contains(text_at(found[0], {"message"}), "exceeded quota");
        return is_right ? verdict(true) : wrong(std::to_string(found.size()) + " Events");
    };
    BOOST_TEST(eventually(is_reported));
}

BOOST_AUTO_TEST_CASE(deleted_event_is_created_again)
{
    auto const where = make_namespaces(2);
    auto const cr = serve({where[0]});
    BOOST_TEST(eventually([&] { return has_event(cr, "SecretCreated", "Normal", 1); }));
    api.remove(tcr::test::events, "default", name_of(about(cr).front()));
    edit(cr, "{\"namespaces\":\"" + list_of(where) + "\"}");
    BOOST_TEST(eventually([&] { return has_event(cr, "SecretCreated", "Normal", 2, where[1] + "/"); }));
}

BOOST_AUTO_TEST_CASE(missing_right_to_write_events_affects_nothing_else)
{
    // Waits until the Events of earlier cases are written, before this case removes the right to write
    // Events.
    let_pass(seconds(12));
    control_plane.kubectl({"delete", "rolebinding", "-n", "default", "tcr-assistant-events-rolebinding"});
    auto const where = make_namespaces(3);
    auto const mark = controller.mark();
    auto const calls = audit.mark();
    auto const cr = serve(where);
    BOOST_TEST(eventually([&] { return counts(cr, 3, 3); }));
    BOOST_TEST(eventually([&] { return controller.has_logged("cannot write an Event", mark); }));
    let_pass(seconds(4));
    BOOST_TEST(about(cr).empty());
    BOOST_TEST(controller.complaints(mark).size() == 1u, controller.log(mark));
    BOOST_TEST(event_writes(calls) <= 5u);

    control_plane.run({"install"});
    BOOST_TEST(eventually([&] { return has_event(cr, "SecretCreated", "Normal", 3); }, seconds(40)));
    BOOST_TEST(controller.complaints(mark).size() == 1u, controller.log(mark));
}

BOOST_AUTO_TEST_SUITE_END()
