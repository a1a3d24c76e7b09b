// Several replicas, one writer: proved from the API server's own audit log, whatever happens to the leader.
#include "harness/background.hpp"
#include "harness/fault_proxy.hpp"
#include "harness/fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <random>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using std::chrono::milliseconds;
using std::chrono::seconds;
using time_point = std::chrono::sys_time<std::chrono::microseconds>;

std::string const home = "tcr-assistant-system";
std::string const lease_name = "tcr-assistant-leader-election";

constexpr seconds lease_duration{3};

/// Shorter than the defaults by a factor of five, in the same proportions.
std::vector<std::string> const pace{
    "--leader-elect-lease-duration=3s",
    "--leader-elect-renew-deadline=2s",
    "--leader-elect-retry-period=400ms"};

/// One candidate and its own wire to the server.
struct replica
{
    replica(sandbox const& where, std::string id) : proxy(where), process(where, std::move(id))
    {
        process.use_server_port(proxy.port());
    }

    fault_proxy proxy;
    controller_process process;
};

/// Two replicas in place of the fixture's one controller.
struct leadership : fixture
{
    leadership() : fixture(without_controller)
    {
        for (auto const* id : {"a", "b"})
            replicas.push_back(std::make_unique<replica>(control_plane, id));
        for (auto& each : replicas)
            each->process.start(pace);
        BOOST_TEST(eventually([&] { return leader() != nullptr; }));
    }
    ~leadership()
    {
        for (auto& each : replicas)
        {
            each->proxy.heal();
            try
            {
                if (each->process.is_running())
                    each->process.stop();
            }
            catch (std::exception const& e)
            {
                BOOST_ERROR(e.what());
            }
        }
    }

    std::string holder()
    {
        auto const lease = api.find(leases, home, lease_name);
        return lease ? text_at(*lease, {"spec", "holderIdentity"}) : std::string();
    }

    /// The replica that the lease names; null where it names none.
    replica* leader()
    {
        auto const name = holder();
        for (auto& each : replicas)
            if (name.starts_with(each->process.component() + "_"))
                return each.get();
        return nullptr;
    }

    replica& other_than(replica const& one)
    {
        return &one == replicas[0].get() ? *replicas[1] : *replicas[0];
    }

    verdict leads(replica const& who)
    {
        auto const name = holder();
        return name.starts_with(who.process.component() + "_") ? verdict(true) : wrong(name + " leads");
    }

    std::vector<std::unique_ptr<replica>> replicas;
};

/// A time in which one process held the lease.
struct reign
{
    std::string credential;
    std::vector<time_point> renewals;  ///< when its claim and its renewals were answered
    std::optional<time_point> ended;   ///< when its release, or the claim of the next, was answered
};

/// Who held the lease when, by the writes that the server accepted.
std::vector<reign> reigns_of(std::vector<api_call> const& calls)
{
    std::vector<api_call> claims;
    for (auto const& call : calls)
        if (call.resource == "leases" && call.name == lease_name && call.is_write() && call.status < 300)
            claims.push_back(call);
    std::sort(
        claims.begin(), claims.end(), [](auto const& a, auto const& b) { return a.answered < b.answered; }
    );
    std::vector<reign> reigns;
    for (auto const& claim : claims)
    {
        bool const is_open = !reigns.empty() && !reigns.back().ended;
        bool const is_release = claim.lease_holder.empty();
        if (is_open && !is_release && reigns.back().credential == claim.credential)
        {
            reigns.back().renewals.push_back(claim.answered);
            continue;
        }
        if (is_open)
            reigns.back().ended = claim.answered;
        if (!is_release)
            reigns.push_back({claim.credential, {claim.answered}, std::nullopt});
    }
    return reigns;
}

/// Whether a write fell, from its arrival to its answer, into a reign of who sent it, and into the time in which
/// nobody else could have taken the lease: its duration from the last renewal before the write.
bool is_lawful(api_call const& write, reign const& within)
{
    if (within.credential != write.credential || (within.ended && write.answered > *within.ended))
        return false;
    auto const after = std::upper_bound(within.renewals.begin(), within.renewals.end(), write.received);
    return after != within.renewals.begin() && write.answered < *std::prev(after) + lease_duration;
}

/// The controllers' writes that were not lawful.
std::vector<api_call> usurpations(std::vector<api_call> const& calls, std::vector<reign> const& reigns)
{
    std::vector<api_call> found;
    for (auto const& call : calls)
    {
        if (!call.is_by_controller() || !call.is_write() || call.resource == "leases")
            continue;
        auto const within = [&](reign const& each) { return is_lawful(call, each); };
        if (std::none_of(reigns.begin(), reigns.end(), within))
            found.push_back(call);
    }
    return found;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(two_replicas, leadership)

BOOST_AUTO_TEST_CASE(exactly_one_writes_through_kills_pauses_and_cut_wires)
{
    auto const where = make_namespaces(8);
    spec cr;
    cr.namespaces = list_of(where);
    cr = make(cr);
    for (auto const& ns : where)
        BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    auto const audit_mark = audit.mark();

    // Somebody keeps the leader at work: references vanish, Secrets are spoilt.
    background vandal(
        control_plane.kubeconfig(),
        [&, lots = std::minstd_rand(7)](cluster& as_admin) mutable
        {
            auto const& ns = where[lots() % where.size()];
            if (lots() % 2 == 0)
                as_admin.patch(accounts, ns, "default", R"({"imagePullSecrets":null})");
            else
                as_admin.patch(
                    secrets, ns, cr.secret(), R"({"metadata":{"annotations":{"spoilt":"yes"},"labels":null}})"
                );
            let_pass(milliseconds(15));
        }
    );

    std::minstd_rand pauses(8);
    std::map<std::string, int> rounds;
    auto const play = [&](std::string const& kind)
    {
        auto* const old = leader();
        BOOST_TEST_REQUIRE(old != nullptr);
        auto& next = other_than(*old);
        BOOST_TEST_REQUIRE(next.process.is_running());
        std::optional<paused> asleep;
        if (kind == "kill")
            old->process.kill();
        else if (kind == "stop")
            old->process.stop();
        else if (kind == "pause")
            asleep.emplace(control_plane, old->process.component());
        else if (kind == "cut")
            old->proxy.cut();
        else
            old->proxy.swallow_all();
        BOOST_TEST_REQUIRE(eventually([&] { return leads(next); }), kind);
        // The old one comes back while the new one is at work.
        let_pass(milliseconds(100 + pauses() % 300));
        asleep.reset();
        old->proxy.heal();
        if (!old->process.is_running())
            old->process.start(pace);
        let_pass(milliseconds(200));
        BOOST_TEST_REQUIRE(leads(next));
        ++rounds[kind];
    };
    for (int i = 0; i < 13; ++i)
        for (auto const* kind : {"kill", "pause", "cut", "swallow"})
            play(kind);
    for (int i = 0; i < 4; ++i)
        play("stop");
    BOOST_TEST(vandal.stop() == "");

    // Who fights over an object waits up to a minute between two repairs.
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, cr); }, seconds(90)));
    auto const calls = audit.since(audit_mark);
    auto const reigns = reigns_of(calls);
    auto const writes = count_calls(
        calls,
        [](auto const& call)
        { return call.is_by_controller() && call.is_write() && call.resource != "leases"; }
    );
    std::size_t hostile = 0;
    std::string told;
    for (auto const& [kind, count] : rounds)
    {
        hostile += kind == "stop" ? 0 : static_cast<std::size_t>(count);
        told += kind + " " + std::to_string(count) + ", ";
    }
    BOOST_TEST_MESSAGE("rounds: " << told << writes << " writes in " << reigns.size() << " reigns");
    BOOST_TEST(hostile >= 50u);
    BOOST_TEST_REQUIRE(reigns.size() >= hostile);
    BOOST_TEST(writes > 20 * hostile);
    // What was written before the first claim in sight was written under an earlier one.
    auto judged = calls;
    std::erase_if(judged, [&](auto const& call) { return call.received < reigns.front().renewals.front(); });
    auto const wrongs = usurpations(judged, reigns);
    BOOST_TEST(wrongs.empty(), wrongs.size() << " writes without the lease:\n" << text_of(wrongs));
}

BOOST_AUTO_TEST_CASE(a_standby_takes_over_from_memory_within_a_second)
{
    auto const where = make_namespaces(30);
    auto cr = serve(where);
    auto* const old = leader();
    BOOST_TEST_REQUIRE(old != nullptr);
    auto& next = other_than(*old);
    auto const log_mark = next.process.mark();
    auto const audit_mark = audit.mark();
    old->process.kill();
    // Done while nobody leads: the standby sees it and may do nothing.
    cr.password = "during the interregnum";
    edit(cr, R"({"docker":{"password":"during the interregnum"}})");
    auto const orphaned = make_namespace();
    edit(cr, "{\"namespaces\":\"" + list_of(where) + "," + orphaned + "\"}");
    BOOST_TEST_REQUIRE(eventually([&] { return leads(next); }));
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, cr); }, seconds(5)));
    BOOST_TEST(eventually([&] { return served(orphaned, cr); }, seconds(5)));

    auto calls = audit.since(audit_mark);
    auto const reigns = reigns_of(calls);
    BOOST_TEST_REQUIRE(!reigns.empty());
    auto const begun = reigns.back().renewals.front();
    // In the interregnum nobody wrote.
    auto of_next = calls;
    std::erase_if(of_next, [&](auto const& call) { return call.credential != reigns.back().credential; });
    BOOST_TEST(usurpations(of_next, reigns).empty(), text_of(usurpations(of_next, reigns)));
    std::erase_if(
        calls,
        [&](auto const& call) {
            return call.credential != reigns.back().credential || !call.is_write() ||
                   call.subresource == "status";
        }
    );
    std::erase_if(
        calls, [](auto const& call) { return call.resource == "leases" || call.resource == "events"; }
    );
    BOOST_TEST(calls.size() >= 32u);
    auto const last = std::max_element(
        calls.begin(), calls.end(), [](auto const& a, auto const& b) { return a.answered < b.answered; }
    );
    auto const took = std::chrono::duration_cast<milliseconds>(last->answered - begun);
    BOOST_TEST_MESSAGE(calls.size() << " writes within " << took.count() << " ms of the claim");
    BOOST_TEST(took.count() < 1000);
    // From memory: nothing was listed anew.
    BOOST_TEST(next.process.log(log_mark).find(" info listed ") == std::string::npos);
    old->process.start(pace);
}

BOOST_AUTO_TEST_CASE(the_lease_is_released_on_stop_and_taken_without_waiting_for_its_end)
{
    auto* const old = leader();
    BOOST_TEST_REQUIRE(old != nullptr);
    auto& next = other_than(*old);
    auto const audit_mark = audit.mark();
    auto const log_mark = old->process.mark();
    old->process.stop();
    BOOST_TEST(old->process.has_said("released the lease", log_mark));
    BOOST_TEST(eventually([&] { return leads(next); }));
    auto const calls = audit.since(audit_mark);
    auto const release = std::find_if(
        calls.begin(),
        calls.end(),
        [](auto const& call)
        { return call.resource == "leases" && call.is_write() && call.lease_holder.empty(); }
    );
    BOOST_TEST_REQUIRE((release != calls.end()));
    auto const reigns = reigns_of(calls);
    auto const claim = reigns.back().renewals.front();
    BOOST_TEST_REQUIRE((claim >= release->answered));
    BOOST_TEST(std::chrono::duration_cast<milliseconds>(claim - release->answered).count() < 1000);
    old->process.start(pace);
}

BOOST_AUTO_TEST_CASE(a_container_started_again_takes_up_its_own_lease)
{
    auto* const leading = leader();
    BOOST_TEST_REQUIRE(leading != nullptr);
    auto const identity = holder();
    auto const log_mark = leading->process.mark();
    leading->process.kill();
    leading->process.start(pace);
    BOOST_TEST(eventually(
        [&] { return leading->process.has_said(" info acquired the lease ", log_mark); }, seconds(2)
    ));
    BOOST_TEST(holder() == identity);
}

BOOST_AUTO_TEST_CASE(a_deleted_lease_is_made_anew)
{
    api.remove(leases, home, lease_name);
    BOOST_TEST(eventually([&] { return leader() != nullptr; }));
    auto const ns = make_namespace();
    serve({ns});
}

BOOST_AUTO_TEST_CASE(a_standby_whose_watches_lag_behind_undoes_nothing_when_it_takes_over)
{
    auto const where = make_namespaces(10);
    auto cr = serve(where);
    auto* const old = leader();
    BOOST_TEST_REQUIRE(old != nullptr);
    auto& next = other_than(*old);
    // From here on the standby sees nothing, while its requests are answered.
    next.proxy.hold_watches();
    std::vector<std::string> const kept(where.begin(), where.begin() + 5);
    edit(cr, "{\"namespaces\":\"" + list_of(kept) + "\"}");
    for (std::size_t i = 5; i < where.size(); ++i)
        BOOST_TEST_REQUIRE(eventually([&] { return unserved(where[i], cr); }));
    auto const audit_mark = audit.mark();
    old->process.kill();
    BOOST_TEST_REQUIRE(eventually([&] { return leads(next); }));
    let_pass(seconds(2));
    BOOST_TEST(audit.controller_writes(audit_mark).empty(), text_of(audit.controller_writes(audit_mark)));
    next.proxy.heal();
    cr.password = "after the lag";
    edit(cr, R"({"docker":{"password":"after the lag"}})");
    for (auto const& ns : kept)
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
    for (std::size_t i = 5; i < where.size(); ++i)
        BOOST_TEST(unserved(where[i], cr));
    auto const writes = audit.controller_writes(audit_mark);
    auto const created = count_calls(writes, [](auto const& call) { return call.verb == "create"; });
    BOOST_TEST(created == 0u, text_of(writes));
    old->process.start(pace);
}

BOOST_AUTO_TEST_SUITE_END()
