// SPDX-License-Identifier: Apache-2.0
#include "controller/api_server.hpp"
#include "memory_log.hpp"
#include <tcr/controller/leader_session.hpp>
#include <tcr/registry/cloud_identity.hpp>
#include <tcr/util/task_group.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace leader_session_test
{

using namespace std::chrono_literals;
using namespace tcr;
using namespace tcr::controller;

constexpr auto patience = 10s;

/// A process whose view is synced. `lead` starts its leadership.
struct process
{
    process()
        : writes(loop.get_executor(), *client, held), view(loop.get_executor(), *client, options(), log.log)
    {
        held.hold_for_ever();
        parts.spawn(server.run());
        parts.spawn(view.run());
        BOOST_TEST_REQUIRE(eventually([this] { return view.is_synced(); }));
    }
    ~process()
    {
        end_leadership();
        end(parts);
    }
    process(process const&) = delete;
    process& operator=(process const&) = delete;

    static controller_options options()
    {
        controller_options made;
        made.tokens.own_namespace = "own";
        made.status.gather = 0ms;
        made.access_interval = 30ms;
        return made;
    }

    template <class Condition>
    bool eventually(Condition is_true)
    {
        auto const deadline = std::chrono::steady_clock::now() + patience;
        while (!is_true() && std::chrono::steady_clock::now() < deadline)
            run_for(5ms);
        if (!is_true())
            BOOST_TEST_MESSAGE(log.text());
        return is_true();
    }

    void run_for(std::chrono::milliseconds time)
    {
        loop.restart();
        loop.run_for(time);
    }

    void end(task_group& group)
    {
        group.cancel();
        BOOST_TEST(eventually([&] { return group.size() == 0; }));
    }

    void lead()
    {
        session.emplace(
            loop.get_executor(),
            leader_session::dependencies{*client, writes, cloud, web, directory},
            view,
            options(),
            log.log
        );
        leading.spawn(session->run());
    }

    void end_leadership()
    {
        end(leading);
        session.reset();
    }

    task<void> drain() { co_await writes.drain(0ms); }

    leader_statistics statistics() const { return session->statistics(std::chrono::steady_clock::now()); }

    bool has_written_secret() const { return server.count("POST /api/v1/namespaces/a/secrets") > 0; }
    bool has_written_status() const { return server.count(status_patch) > 0; }

    static constexpr std::string_view status_patch =
        "PATCH /apis/tcr.tencentcloudcr.com/v1/imagepullsecrets/team/status";

    asio::io_context loop{1};
    test::memory_log log;
    test::api_server server{loop, log.log};
    std::unique_ptr<kube::client> client = server.make_client();
    runtime::leadership held;
    runtime::fenced_client writes;
    net::web_client web{loop.get_executor(), nullptr};
    registry::cloud_identity identity{web, {}, log.log, std::chrono::system_clock::now};
    registry::cloud_client cloud{web, identity, {}, std::chrono::system_clock::now};
    credentials::instance_directory directory{cloud};
    cluster_view view;
    std::optional<leader_session> session;
    task_group parts{loop.get_executor()};
    task_group leading{loop.get_executor()};
};

BOOST_FIXTURE_TEST_SUITE(leader_sessions, process)

BOOST_AUTO_TEST_CASE(a_second_leadership_starts_clean)
{
    lead();
    BOOST_TEST_REQUIRE(eventually([&] { return has_written_secret() && has_written_status(); }));
    // The server has the writes before the runs that made them have ended.
    BOOST_TEST(eventually([&] { return statistics().work.results.succeeded > 0u; }));
    end_leadership();
    BOOST_TEST(server.count("POST /api/v1/namespaces/a/secrets") == 1u);
    server.writes.clear();

    lead();
    BOOST_TEST(statistics().work.results.succeeded == 0u);
    BOOST_TEST(statistics().work.adds == 0u);
    BOOST_TEST(statistics().conflicts == 0u);
    // The new session reconciles namespace "a" once. The Secret exists already, so it is not written again.
    BOOST_TEST_REQUIRE(eventually([&] { return statistics().work.results.succeeded == 1u; }));
    run_for(50ms);
    BOOST_TEST(!has_written_secret());
}

BOOST_AUTO_TEST_CASE(a_stopped_leadership_issues_no_write)
{
    parts.spawn(drain());
    lead();
    run_for(300ms);
    BOOST_TEST(server.writes.empty());
    BOOST_TEST(statistics().work.results.succeeded == 0u);
}

BOOST_AUTO_TEST_CASE(a_lost_lease_lets_no_write_through)
{
    held.give_up();
    lead();
    BOOST_TEST_REQUIRE(eventually([&] { return statistics().work.results.interrupted > 0u; }));
    BOOST_TEST(server.writes.empty());
    BOOST_TEST(log.text().find("cannot reconcile") == std::string::npos, log.text());
    // When the process leads again, a new session writes.
    end_leadership();
    held.hold_for_ever();
    lead();
    BOOST_TEST(eventually([&] { return has_written_secret(); }));
}

BOOST_AUTO_TEST_CASE(a_revoked_and_a_granted_name_take_effect_without_a_restart)
{
    using names = std::set<std::string>;
    server.granted = names{"tcr.ipsother"};
    view.review_access();
    auto const is_served = [&] { return view.image_pull_secrets().find("team")->is_valid(); };
    BOOST_TEST_REQUIRE(eventually([&] { return !is_served(); }));
    BOOST_TEST(
        view.image_pull_secrets().find("team")->problem() ==
        "the controller may not access Secret tcr.ipsteam, so nothing is written or removed; grant the "
        "access "
        "with: tcr-assistant rbac --namespace own team | kubectl apply -f -"
    );
    lead();
    BOOST_TEST_REQUIRE(eventually([&] { return has_written_status(); }));
    BOOST_TEST(!has_written_secret());
    // The view looks again at intervals.
    server.granted = names{"tcr.ipsother", "tcr.ipsteam"};
    BOOST_TEST_REQUIRE(eventually([&] { return has_written_secret(); }));
    BOOST_TEST(is_served());
    auto const secrets = view.watches().at(2);
    BOOST_TEST(secrets.name == "secrets");
    BOOST_TEST(secrets.is_synced);

    server.granted.reset();
    view.review_access();
    BOOST_TEST_REQUIRE(eventually([&] { return !view.image_pull_secrets().access().is_by_name(); }));
    BOOST_TEST(is_served());
}

BOOST_AUTO_TEST_CASE(a_refused_watch_shows_that_the_access_changed)
{
    server.granted = std::set<std::string>{"tcr.ipsteam"};
    BOOST_TEST_REQUIRE(eventually([&] { return view.image_pull_secrets().access().is_by_name(); }));
    BOOST_TEST(view.image_pull_secrets().find("team")->is_valid());
    BOOST_TEST_REQUIRE(!server.refused.empty());
    BOOST_TEST(server.refused.front() == "GET /api/v1/secrets?");
    lead();
    BOOST_TEST(eventually([&] { return has_written_secret(); }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leader_session_test
