// SPDX-License-Identifier: Apache-2.0

// Several replicas run, but only the leader writes, whatever fails. The API server's audit log proves it.
#include "harness/background.hpp"
#include "harness/fault_proxy.hpp"
#include "harness/fixture.hpp"
#include "harness/short_lease.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
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

/// A candidate for the lease, and its proxy to the server.
struct replica
{
    replica(sandbox const& where, std::string id) : proxy(where), process(where, std::move(id))
    {
        process.use_server_port(proxy.port());
    }

    fault_proxy proxy;
    controller_process process;
};

/// Two replicas instead of the fixture's controller.
struct leadership : fixture
{
    leadership() : fixture(without_controller)
    {
        for (auto const* id : {"a", "b"})
            replicas.push_back(std::make_unique<replica>(control_plane, id));
        for (auto& each : replicas)
            each->process.start(short_lease().flags());
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

    /// Returns the replica that holds the lease; null if the lease has no holder.
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

    verdict leads(replica const& candidate)
    {
        auto const name = holder();
        return name.starts_with(candidate.process.component() + "_") ? verdict(true) : wrong(name + " leads");
    }

    /// Gives the leader a lease five times as long: even a busy machine restarts a process or answers a
    /// request in this time. The standby waits for the duration that the record of the lease names.
    replica& lead_with_long_lease()
    {
        auto* const leading = leader();
        BOOST_TEST_REQUIRE(leading != nullptr);
        auto& standby = other_than(*leading);
        standby.process.stop();
        leading->process.stop();
        leading->process.start(long_lease().flags());
        BOOST_TEST_REQUIRE(eventually([&] { return leads(*leading); }));
        standby.process.start(short_lease().flags());
        return *leading;
    }

    static lease_times long_lease() { return {short_lease().duration * 5}; }

    std::vector<std::unique_ptr<replica>> replicas;
};

/// A period in which one process held the lease.
struct leader_session
{
    std::string credential;
    std::vector<time_point> renewals;  ///< times of the answers to its claim and to its renewals
    std::optional<time_point> ended;   ///< time of the answer to its release, or to the next claim
};

/// Returns the successive holders of the lease, according to the writes that the server accepted.
std::vector<leader_session> sessions_of(std::vector<api_call> const& calls)
{
    std::vector<api_call> claims;
    for (auto const& call : calls)
        if (call.resource == "leases" && call.name == lease_name && call.is_write() && call.status < 300)
            claims.push_back(call);
    std::sort(
        claims.begin(), claims.end(), [](auto const& a, auto const& b) { return a.answered < b.answered; }
    );
    std::vector<leader_session> sessions;
    for (auto const& claim : claims)
    {
        bool const is_open = !sessions.empty() && !sessions.back().ended;
        bool const is_release = claim.lease_holder.empty();
        if (is_open && !is_release && sessions.back().credential == claim.credential)
        {
            sessions.back().renewals.push_back(claim.answered);
            continue;
        }
        if (is_open)
            sessions.back().ended = claim.answered;
        if (!is_release)
            sessions.push_back({claim.credential, {claim.answered}, std::nullopt});
    }
    return sessions;
}

/// Whether the sender was the leader from the arrival of the write to its answer, and no other process could
/// have taken the lease in that time. The lease is safe for the lease duration after the last renewal before
/// the write.
bool is_legitimate(api_call const& write, leader_session const& session)
{
    if (session.credential != write.credential || (session.ended && write.answered > *session.ended))
        return false;
    auto const after = std::upper_bound(session.renewals.begin(), session.renewals.end(), write.received);
    return after != session.renewals.begin() && write.answered < *std::prev(after) + short_lease().duration;
}

auto first_request(std::vector<api_call> const& calls)
{
    auto const is_earlier = [](auto const& a, auto const& b) { return a.received < b.received; };
    return std::min_element(calls.begin(), calls.end(), is_earlier)->received;
}

auto last_answer(std::vector<api_call> const& calls)
{
    auto const is_earlier = [](auto const& a, auto const& b) { return a.answered < b.answered; };
    return std::max_element(calls.begin(), calls.end(), is_earlier)->answered;
}

std::int64_t in_ms(std::chrono::microseconds time)
{
    return std::chrono::duration_cast<milliseconds>(time).count();
}

/// Returns the writes of controllers that were not the leader at that time.
std::vector<api_call> illegitimate_writes(
    std::vector<api_call> const& calls, std::vector<leader_session> const& sessions
)
{
    std::vector<api_call> found;
    for (auto const& call : calls)
    {
        if (!call.is_by_controller() || !call.is_write() || call.resource == "leases")
            continue;
        auto const allows = [&](leader_session const& each) { return is_legitimate(call, each); };
        if (std::none_of(sessions.begin(), sessions.end(), allows))
            found.push_back(call);
    }
    return found;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(two_replicas, leadership)

// Needs the ids of tokens in the audit log, because they distinguish the replicas.
BOOST_AUTO_TEST_CASE(
    only_the_leader_writes_despite_kills_pauses_and_cut_connections,
    *boost::unit_test::precondition(is_kubernetes_1_30)
)
{
    auto const where = make_namespaces(8);
    spec cr;
    cr.namespaces = list_of(where);
    cr = make(cr);
    for (auto const& ns : where)
        BOOST_TEST_REQUIRE(eventually([&] { return served(ns, cr); }));
    auto const calls_mark = audit.mark();

    // Removes references and damages Secrets, so that the leader always has work.
    background damage(
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
    auto const run_round = [&](std::string const& kind)
    {
        auto* const old = leader();
        BOOST_TEST_REQUIRE(old != nullptr);
        auto& next = other_than(*old);
        BOOST_TEST_REQUIRE(next.process.is_running());
        std::optional<paused> paused_leader;
        if (kind == "kill")
            old->process.kill();
        else if (kind == "stop")
            old->process.stop();
        else if (kind == "pause")
            paused_leader.emplace(control_plane, old->process.component());
        else if (kind == "cut")
            old->proxy.cut();
        else
            old->proxy.swallow_all();
        BOOST_TEST_REQUIRE(eventually([&] { return leads(next); }), kind);
        // The former leader continues only after the new leader has worked for some time.
        let_pass(short_lease().retry_period * (25 + pauses() % 75) / 100);
        paused_leader.reset();
        old->proxy.heal();
        if (!old->process.is_running())
            old->process.start(short_lease().flags());
        let_pass(short_lease().retry_period / 2);
        BOOST_TEST_REQUIRE(leads(next));
        ++rounds[kind];
    };
    for (int i = 0; i < 13; ++i)
        for (auto const* kind : {"kill", "pause", "cut", "swallow"})
            run_round(kind);
    for (int i = 0; i < 4; ++i)
        run_round("stop");
    BOOST_TEST(damage.stop() == "");

    // Contention backoff can delay a repair by up to a minute.
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, cr); }, seconds(90)));
    auto const calls = audit.since(calls_mark);
    auto const sessions = sessions_of(calls);
    auto const writes = count_calls(
        calls,
        [](auto const& call)
        { return call.is_by_controller() && call.is_write() && call.resource != "leases"; }
    );
    std::size_t hostile = 0;
    std::string counts;
    for (auto const& [kind, count] : rounds)
    {
        hostile += kind == "stop" ? 0 : static_cast<std::size_t>(count);
        counts += kind + " " + std::to_string(count) + ", ";
    }
    BOOST_TEST_MESSAGE(
        "rounds: " << counts << writes << " writes in " << sessions.size() << " leader sessions"
    );
    BOOST_TEST(hostile >= 50u);
    BOOST_TEST_REQUIRE(sessions.size() >= hostile);
    BOOST_TEST(writes > 20 * hostile);
    // Ignores writes before the first claim in the log: an earlier leader sent them.
    auto inspected = calls;
    std::erase_if(
        inspected, [&](auto const& call) { return call.received < sessions.front().renewals.front(); }
    );
    auto const unfenced = illegitimate_writes(inspected, sessions);
    BOOST_TEST(unfenced.empty(), unfenced.size() << " writes without the lease:\n" << text_of(unfenced));
}

BOOST_AUTO_TEST_CASE(standby_takes_over_without_listing_or_delay)
{
    auto const where = make_namespaces(30);
    auto cr = serve(where);
    auto* const old = leader();
    BOOST_TEST_REQUIRE(old != nullptr);
    auto& next = other_than(*old);
    auto const log_mark = next.process.mark();
    auto const calls_mark = audit.mark();
    old->process.kill();
    // At this time there is no leader. The standby receives the change and must not write.
    cr.password = "while.there.is.no.leader";
    edit(cr, R"({"docker":{"password":"while.there.is.no.leader"}})");
    auto const late = make_namespace();
    edit(cr, "{\"namespaces\":\"" + list_of(where) + "," + late + "\"}");
    BOOST_TEST_REQUIRE(eventually([&] { return leads(next); }));
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, cr); }, seconds(5)));
    BOOST_TEST(eventually([&] { return served(late, cr); }, seconds(5)));

    auto const all_are_logged = [&](audit_mark const& mark, std::size_t wanted)
    {
        auto const are = [&]() -> verdict { return audit.controller_writes(mark).size() >= wanted; };
        return eventually(are);
    };
    BOOST_TEST(all_are_logged(calls_mark, 32));
    auto calls = audit.since(calls_mark);
    auto const sessions = sessions_of(calls);
    BOOST_TEST_REQUIRE(!sessions.empty());
    auto const started = sessions.back().renewals.front();
    // All writes come from the next leader: while there was no leader, no process wrote.
    auto of_next = calls;
    std::erase_if(of_next, [&](auto const& call) { return call.credential != sessions.back().credential; });
    BOOST_TEST(
        illegitimate_writes(of_next, sessions).empty(), text_of(illegitimate_writes(of_next, sessions))
    );
    std::erase_if(
        calls,
        [&](auto const& call) {
            return call.credential != sessions.back().credential || !call.is_write() ||
                   call.subresource == "status";
        }
    );
    std::erase_if(
        calls, [](auto const& call) { return call.resource == "leases" || call.resource == "events"; }
    );
    BOOST_TEST_REQUIRE(calls.size() >= 32u);
    auto const took = last_answer(calls) - started;
    // The same leader writes the same Secrets once more, as a reference for the speed of this machine.
    auto const reference_mark = audit.mark();
    cr.password = "of the reference";
    edit(cr, R"({"docker":{"password":"of the reference"}})");
    for (auto const& ns : where)
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
    BOOST_TEST_REQUIRE(all_are_logged(reference_mark, 30));
    auto const reference = audit.controller_writes(reference_mark);
    auto const usual = last_answer(reference) - first_request(reference);
    BOOST_TEST_MESSAGE(
        calls.size() << " writes within " << in_ms(took) << " ms of the claim; without a claim "
                     << in_ms(usual) << " ms"
    );
    BOOST_TEST((took < std::max<std::chrono::microseconds>(seconds(1), 4 * usual)));
    // The new leader does not list the objects again.
    BOOST_TEST(next.process.log(log_mark).find(" info listed ") == std::string::npos);
    old->process.start(short_lease().flags());
}

BOOST_AUTO_TEST_CASE(lease_is_released_on_stop_and_taken_without_waiting_for_its_expiry)
{
    auto& old = lead_with_long_lease();
    auto& next = other_than(old);
    auto const calls_mark = audit.mark();
    auto const log_mark = old.process.mark();
    old.process.stop();
    BOOST_TEST(old.process.has_logged("released the lease", log_mark));
    BOOST_TEST(eventually([&] { return leads(next); }));
    auto const calls = audit.since(calls_mark);
    auto const release = std::find_if(
        calls.begin(),
        calls.end(),
        [](auto const& call)
        { return call.resource == "leases" && call.is_write() && call.lease_holder.empty(); }
    );
    BOOST_TEST_REQUIRE((release != calls.end()));
    auto const sessions = sessions_of(calls);
    auto const claim = sessions.back().renewals.front();
    BOOST_TEST_REQUIRE((claim >= release->answered));
    BOOST_TEST((claim - release->answered < long_lease().duration / 3));
    old.process.start(short_lease().flags());
}

BOOST_AUTO_TEST_CASE(restarted_container_continues_its_own_lease)
{
    auto& leading = lead_with_long_lease();
    auto const identity = holder();
    auto const log_mark = leading.process.mark();
    auto const killed = std::chrono::steady_clock::now();
    leading.process.kill();
    leading.process.start(long_lease().flags());
    BOOST_TEST(eventually([&] { return leading.process.has_logged(" info acquired the lease ", log_mark); }));
    BOOST_TEST((std::chrono::steady_clock::now() - killed < long_lease().duration * 2 / 3));
    BOOST_TEST(holder() == identity);
}

BOOST_AUTO_TEST_CASE(deleted_lease_is_created_again)
{
    api.remove(leases, home, lease_name);
    BOOST_TEST(eventually([&] { return leader() != nullptr; }));
    auto const ns = make_namespace();
    serve({ns});
}

BOOST_AUTO_TEST_CASE(standby_with_delayed_watches_undoes_nothing_when_it_takes_over)
{
    auto const where = make_namespaces(10);
    auto cr = serve(where);
    auto* const old = leader();
    BOOST_TEST_REQUIRE(old != nullptr);
    auto& next = other_than(*old);
    // From now on, the standby receives no watch events, but its requests are answered.
    next.proxy.hold_watches();
    std::vector<std::string> const kept(where.begin(), where.begin() + 5);
    edit(cr, "{\"namespaces\":\"" + list_of(kept) + "\"}");
    for (std::size_t i = 5; i < where.size(); ++i)
        BOOST_TEST_REQUIRE(eventually([&] { return unserved(where[i], cr); }));
    auto const calls_mark = audit.mark();
    old->process.kill();
    BOOST_TEST_REQUIRE(eventually([&] { return leads(next); }));
    let_pass(seconds(2));
    BOOST_TEST(audit.controller_writes(calls_mark).empty(), text_of(audit.controller_writes(calls_mark)));
    next.proxy.heal();
    cr.password = "after the lag";
    edit(cr, R"({"docker":{"password":"after the lag"}})");
    for (auto const& ns : kept)
        BOOST_TEST(eventually([&] { return served(ns, cr); }));
    for (std::size_t i = 5; i < where.size(); ++i)
        BOOST_TEST(unserved(where[i], cr));
    auto const writes = audit.controller_writes(calls_mark);
    auto const created = count_calls(writes, [](auto const& call) { return call.verb == "create"; });
    BOOST_TEST(created == 0u, text_of(writes));
    old->process.start(short_lease().flags());
}

BOOST_AUTO_TEST_SUITE_END()
