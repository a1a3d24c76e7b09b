// SPDX-License-Identifier: Apache-2.0

// Tests the three failure patterns that found most bugs in real controllers (Sun et al., "Automatic
// Reliability Testing for Cluster Management Controllers", OSDI '22): the controller is killed after its k-th
// write, starts with a stale API server, or misses its k-th event. The scenario has 20 namespaces and two
// ImagePullSecrets. Each run must end in the same state as an undisturbed run.
//
// All values of k would take about half an hour. One run of this program tests every sixteenth value; the
// values change daily. TCR_EXHAUSTIVE=1 selects all values (scripts/test --exhaustive).
#include "harness/fault_proxy.hpp"
#include "harness/fixture.hpp"
#include "harness/tcp_proxy.hpp"
#include "harness/text.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>

namespace
{

using namespace tcr::test;

BOOST_TEST_GLOBAL_FIXTURE(environment_owner);

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t namespaces_of_scenario = 20;

/// The distance between tested values of k.
std::size_t stride()
{
    auto const* const all = std::getenv("TCR_EXHAUSTIVE");
    return all != nullptr && std::string(all) == "1" ? 1 : 16;
}

/// The first tested value of k, from 1. It changes daily.
std::size_t first_of_share()
{
    auto const days = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    return static_cast<std::size_t>(days.time_since_epoch().count()) % stride() + 1;
}

/// The state after a run, without details that differ from run to run.
using final_state = std::map<std::string, std::string>;

struct partial_views : fixture
{
    partial_views() : fixture(without_controller), where(make_namespaces(namespaces_of_scenario))
    {
        first_half.assign(where.begin(), where.begin() + namespaces_of_scenario / 2);
        second_half.assign(where.begin() + namespaces_of_scenario / 2, where.end());
        a.name = fresh_name();
        b.name = fresh_name();
    }
    ~partial_views()
    {
        if (subject && subject->is_running())
            subject->kill();
    }

    /// Starts a controller that connects through `proxy`, or directly to the server if `proxy` is null.
    void start(std::vector<std::string> const& flags, fault_proxy const* proxy)
    {
        if (!subject)
            subject.emplace(control_plane, "v");
        subject->use_server_port(proxy != nullptr ? proxy->port() : 0);
        subject->start_unsynced(flags);
        flags_ = flags;
    }

    /// Waits until `goal` holds. Restarts the controller each time that it was killed.
    void reach(std::function<verdict()> const& goal, char const* step)
    {
        auto const with_restart = [&]
        {
            if (!subject->is_running())
            {
                ++restarts;
                subject->start_unsynced(flags_);
            }
            return goal();
        };
        BOOST_TEST_REQUIRE(eventually(with_restart, seconds(40)), step << ": " << subject->log(log_mark));
    }

    verdict all_are(std::vector<std::string> const& which, spec const& cr, bool is_served)
    {
        for (auto const& ns : which)
            if (auto const answer = is_served ? served(ns, cr) : unserved(ns, cr); !answer)
                return answer;
        return true;
    }

    // The steps of the scenario.

    void create()
    {
        a.namespaces = list_of(where);
        a.password = "first.password";
        b.namespaces = list_of(second_half);
        make(a);
        make(b);
    }
    verdict is_created()
    {
        auto const first = all_are(where, a, true);
        return first ? all_are(second_half, b, true) : first;
    }

    void edit_password()
    {
        a.password = "second.password";
        edit(a, R"({"docker":{"password":"second.password"}})");
    }
    verdict is_edited() { return all_are(where, a, true); }

    void narrow()
    {
        a.namespaces = list_of(first_half);
        edit(a, "{\"namespaces\":\"" + a.namespaces + "\"}");
    }
    verdict is_narrowed()
    {
        auto const kept = all_are(first_half, a, true);
        return kept ? all_are(second_half, a, false) : kept;
    }

    void remove_b() { drop(b); }
    verdict is_removed() { return all_are(second_half, b, false); }

    /// Runs the whole scenario and then deletes its objects. \return the state before the deletion
    final_state run_scenario()
    {
        log_mark = subject->mark();
        create();
        reach([&] { return is_created(); }, "create");
        edit_password();
        reach([&] { return is_edited(); }, "edit");
        narrow();
        reach([&] { return is_narrowed(); }, "narrow");
        remove_b();
        reach([&] { return is_removed(); }, "remove");
        reach([&] { return counts(a, 10, 10); }, "status");
        auto const state = read_state();
        drop(a);
        reach([&] { return all_are(where, a, false); }, "clean up");
        return state;
    }

    /// The accounts with their references and all Secrets with their content, in the scenario's namespaces.
    final_state read_state()
    {
        final_state state;
        for (auto const& ns : where)
        {
            for (auto const& account : api.list(accounts, ns))
                state["account " + ns + "/" + name_of(account)] = joined(references_of(account));
            for (auto const& each : api.list(secrets, ns))
                state["secret " + ns + "/" + name_of(each)] =
                    docker_config_of(each) + json::serialize(at(each, {"metadata", "labels"}));
        }
        return state;
    }

    std::vector<std::string> where;
    std::vector<std::string> first_half;
    std::vector<std::string> second_half;
    spec a;
    spec b;
    std::optional<controller_process> subject;
    std::size_t log_mark = 0;
    std::size_t restarts = 0;

private:
    std::vector<std::string> flags_;
};

std::string difference(final_state const& wanted, final_state const& found)
{
    std::string text;
    for (auto const& [key, value] : wanted)
        if (auto const there = found.find(key); there == found.end() || there->second != value)
            text += "\n  " + key + ": " + (there == found.end() ? "missing" : there->second) +
                    " instead of " + value;
    for (auto const& [key, value] : found)
        if (!wanted.contains(key))
            text += "\n  " + key + ": too much, " + value;
    return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(one_at_a_time, partial_views)

BOOST_AUTO_TEST_CASE(killed_after_any_write)
{
    fault_proxy proxy(control_plane);
    start({}, &proxy);
    auto const undisturbed = run_scenario();
    auto const writes = proxy.writes();
    BOOST_TEST(writes > 100u);
    std::size_t tried = 0;
    for (auto k = first_of_share(); k <= writes; k += stride(), ++tried)
    {
        if (!subject->is_running())
            start({}, &proxy);
        auto const before = restarts;
        // Kills the process directly, because the answer must not arrive before the kill.
        auto const pid = subject->pid();
        proxy.after_write(k, [pid] { ::kill(pid, SIGKILL); });
        auto const state = run_scenario();
        BOOST_TEST((state == undisturbed), "killed after write " << k << difference(undisturbed, state));
        // The number of writes varies by a few from run to run, because several changes may share one write.
        // After one of the last writes, the scenario can be complete before its end is noticed.
        if (k + 5 <= proxy.writes())
            BOOST_TEST(restarts == before + 1, "killed after write " << k);
    }
    BOOST_TEST_MESSAGE("killed after " << tried << " of " << writes << " writes");
}

BOOST_AUTO_TEST_CASE(any_event_lost)
{
    fault_proxy proxy(control_plane);
    start({"--resync-period=1500ms"}, &proxy);
    auto const undisturbed = run_scenario();
    subject->kill();

    start({"--resync-period=1500ms"}, &proxy);
    // The number of events varies from run to run, because several changes may share one event. The loop ends
    // after three runs with fewer than k events.
    std::size_t lost = 0;
    for (std::size_t k = first_of_share(), misses = 0; misses < 3; k += stride())
    {
        proxy.lose_event(k);
        auto const state = run_scenario();
        bool const is_lost = !proxy.lost_event().empty();
        lost += is_lost ? 1 : 0;
        misses += is_lost ? 0 : 1;
        BOOST_TEST((state == undisturbed), "lost " << proxy.lost_event() << difference(undisturbed, state));
    }
    BOOST_TEST(lost * stride() > 100u);
    BOOST_TEST(restarts == 0u);
    BOOST_TEST_MESSAGE("lost " << lost << " events, one a run, each " << stride() << "-th of a run's");
}

BOOST_AUTO_TEST_CASE(started_with_a_stale_api_server)
{
    tcp_proxy etcd(control_plane.etcd_port());
    auto const lagging = control_plane.start_apiserver("lag", etcd.port());
    fault_proxy to_lagging(control_plane, lagging);
    start({}, nullptr);

    struct step
    {
        char const* name;
        std::function<void()> act;
        std::function<verdict()> goal;
    };
    std::vector<step> const steps{
        {"create", [&] { create(); }, [&] { return is_created(); }},
        {"edit", [&] { edit_password(); }, [&] { return is_edited(); }},
        {"narrow", [&] { narrow(); }, [&] { return is_narrowed(); }},
        {"remove", [&] { remove_b(); }, [&] { return is_removed(); }}};
    for (auto const& each : steps)
    {
        // The stale server does not receive the changes of this step.
        etcd.freeze();
        each.act();
        reach(each.goal, each.name);
        let_pass(milliseconds(300));
        auto const done = read_state();
        auto const mark = audit.mark();
        subject->kill();
        auto const log_before = subject->mark();
        start({}, &to_lagging);
        let_pass(seconds(4));
        auto const meanwhile = read_state();
        BOOST_TEST((meanwhile == done), each.name << ", frozen:" << difference(done, meanwhile));
        // The controller repeats its requests and does not accept stale data.
        BOOST_TEST(subject->is_running());
        BOOST_TEST(contains(subject->log(log_before), " info starting "));
        BOOST_TEST(!contains(subject->log(log_before), " caches are synced "));
        etcd.heal();
        BOOST_TEST(eventually(
            [&] { return subject->has_logged(" info acquired the lease ", log_before); }, seconds(60)
        ));
        let_pass(seconds(2));
        auto const after = read_state();
        BOOST_TEST((after == done), each.name << ", awake:" << difference(done, after));
        BOOST_TEST(audit.controller_writes(mark).empty(), text_of(audit.controller_writes(mark)));
        subject->kill();
        start({}, nullptr);
    }
    BOOST_TEST(restarts == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
