// SPDX-License-Identifier: Apache-2.0
#include "memory_log.hpp"
#include "run_coroutine.hpp"
#include <tcr/kube/errc.hpp>
#include <tcr/net/errc.hpp>
#include <tcr/runtime/event_recorder.hpp>
#include <tcr/util/notifier.hpp>

#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

namespace event_recorder_test
{

namespace asio = boost::asio;
namespace json = boost::json;

using namespace std::chrono_literals;
using tcr::error;
using tcr::notifier;
using tcr::task;
using tcr::runtime::event_correlator;
using tcr::runtime::event_recorder;
using tcr::runtime::event_type;
using tcr::runtime::object_reference;
using tcr::test::memory_log;

/// A recorder that writes without delay to a scripted server.
struct fixture
{
    static event_correlator::options make_options()
    {
        event_correlator::options how;
        how.gather = 0ms;
        how.first_update = 0s;
        how.update = 0s;
        how.rate = 0;
        how.retry = {0ms, 0ms};
        return how;
    }

    memory_log log;
    std::vector<tcr::net::http_request> requests;
    std::deque<tcr::result<std::string>> answers;  ///< the server's next answers; if empty, 200
    std::unique_ptr<notifier> gate;                ///< while `is_gated`, answers wait for this notifier
    bool is_gated = false;
    std::unique_ptr<event_recorder> subject;
    std::unique_ptr<tcr::test::hand_run> run;

    task<tcr::result<std::string>> send(tcr::net::http_request request, std::string_view doing)
    {
        BOOST_TEST(doing == "cannot send the Event");
        requests.push_back(std::move(request));
        if (is_gated)
            co_await gate->wait();
        tcr::result<std::string> answer = std::string("{}");
        if (!answers.empty())
        {
            answer = std::move(answers.front());
            answers.pop_front();
        }
        co_return answer;
    }

    void start(event_correlator::options how = make_options())
    {
        run = std::make_unique<tcr::test::hand_run>(
            [this, how]() -> task<void>
            {
                auto executor = co_await asio::this_coro::executor;
                gate = std::make_unique<notifier>(executor);
                event_recorder::sender sender = [this](auto request, auto doing)
                { return send(std::move(request), doing); };
                subject = std::make_unique<event_recorder>(executor, std::move(sender), how, log.log);
                co_await subject->run();
            }
        );
    }

    void record(std::string const& reason = "SecretCreated", std::string const& message = "done")
    {
        object_reference cr;
        cr.api_version = "tcr.tencentcloudcr.com/v1";
        cr.kind = "ImagePullSecret";
        cr.name = "team";
        cr.uid = "1234";
        subject->record(cr, event_type::normal, reason, message);
    }

    void turn(int times = 20)
    {
        for (int i = 0; i < times; ++i)
            run->turn();
    }

    json::object body_of(std::size_t which) { return json::parse(requests.at(which).body).as_object(); }

    ~fixture()
    {
        if (run && !run->has_ended())
        {
            run->cancel();
            BOOST_TEST(run->turn());
        }
        subject.reset();
        gate.reset();
    }
};

tcr::result<std::string> refused(tcr::kube::errc code, std::chrono::milliseconds retry_after = 0ms)
{
    return error(code, "cannot send the Event: no", retry_after);
}

BOOST_FIXTURE_TEST_SUITE(recording_events, fixture)

BOOST_AUTO_TEST_CASE(an_event_is_posted_to_the_namespace_default)
{
    start();
    record("SecretCreated", "Secret a/tcr.ipsteam was created");
    turn();
    BOOST_TEST_REQUIRE(requests.size() == 1u);
    BOOST_TEST(requests[0].method == "POST");
    BOOST_TEST(requests[0].target == "/api/v1/namespaces/default/events");
    BOOST_TEST(requests[0].content_type == "application/json");
    auto body = body_of(0);
    BOOST_TEST(body.at("apiVersion").as_string() == "v1");
    BOOST_TEST(body.at("kind").as_string() == "Event");
    BOOST_TEST(body.at("type").as_string() == "Normal");
    BOOST_TEST(body.at("reason").as_string() == "SecretCreated");
    BOOST_TEST(body.at("message").as_string() == "Secret a/tcr.ipsteam was created");
    BOOST_TEST(body.at("count").as_int64() == 1);
    BOOST_TEST(body.at("firstTimestamp") == body.at("lastTimestamp"));
    BOOST_TEST(body.at("firstTimestamp").as_string().size() == std::string("2021-12-01T06:47:36Z").size());
    BOOST_TEST(body.at("reportingComponent").as_string() == "tcr-assistant");
    auto const source = body.at("source").as_object();
    BOOST_TEST(source.at("component").as_string() == "tcr-assistant");
    auto const metadata = body.at("metadata").as_object();
    BOOST_TEST(metadata.at("namespace").as_string() == "default");
    BOOST_TEST(metadata.at("name").as_string().starts_with("team."));
    auto const about = body.at("involvedObject").as_object();
    BOOST_TEST(about.at("apiVersion").as_string() == "tcr.tencentcloudcr.com/v1");
    BOOST_TEST(about.at("kind").as_string() == "ImagePullSecret");
    BOOST_TEST(about.at("name").as_string() == "team");
    BOOST_TEST(about.at("uid").as_string() == "1234");
    BOOST_TEST(log.text().empty());
}

BOOST_AUTO_TEST_CASE(later_occurrences_are_patched_into_it)
{
    start();
    record();
    turn();
    record("SecretCreated", "two");
    record("SecretCreated", "three");
    turn();
    BOOST_TEST_REQUIRE(requests.size() == 2u);
    BOOST_TEST(requests[1].method == "PATCH");
    BOOST_TEST(requests[1].content_type == "application/merge-patch+json");
    auto const made = body_of(0);
    auto const name = std::string(made.at("metadata").as_object().at("name").as_string());
    BOOST_TEST(requests[1].target == "/api/v1/namespaces/default/events/" + name);
    auto const patch = body_of(1);
    BOOST_TEST(patch.size() == 3u);
    BOOST_TEST(patch.at("count").as_int64() == 3);
    BOOST_TEST(patch.at("message").as_string() == "three (and 2 more like it)");
    BOOST_TEST(patch.contains("lastTimestamp"));
}

BOOST_AUTO_TEST_CASE(a_mass_recorded_before_it_can_be_written_is_one_request)
{
    start();
    for (int i = 0; i < 1000; ++i)
        record();
    turn();
    BOOST_TEST(requests.size() == 1u);
    BOOST_TEST(body_of(0).at("count").as_int64() == 1000);
}

BOOST_AUTO_TEST_CASE(an_event_that_is_gone_is_posted_anew_without_a_line)
{
    start();
    record();
    turn();
    answers.push_back(refused(tcr::kube::errc::not_found));
    record();
    turn();
    BOOST_TEST_REQUIRE(requests.size() == 3u);
    BOOST_TEST(requests[1].method == "PATCH");
    BOOST_TEST(requests[2].method == "POST");
    BOOST_TEST(body_of(2).at("count").as_int64() == 2);
    BOOST_TEST(log.text().empty());
}

BOOST_AUTO_TEST_CASE(a_failure_is_logged_once_and_retried)
{
    start();
    for (int i = 0; i < 30; ++i)
        answers.push_back(refused(tcr::kube::errc::forbidden));
    record();
    turn(100);
    BOOST_TEST(requests.size() == 31u);
    for (auto const& request : requests)
        BOOST_TEST(request.method == "POST");
    BOOST_TEST(log.lines() == 1u);
    BOOST_TEST(
        log.text().find(
            "warning cannot write an Event; retrying after a backoff error=\"cannot send the Event: no\""
        ) != std::string::npos
    );
    // After a success, the next failure is logged again.
    answers.push_back(refused(tcr::kube::errc::forbidden));
    record();
    turn();
    BOOST_TEST(log.lines() == 2u);
}

BOOST_AUTO_TEST_CASE(failures_of_several_kinds_in_turn_do_not_fill_the_log)
{
    start();
    for (int i = 0; i < 100; ++i)
        answers.push_back(refused(i % 2 == 0 ? tcr::kube::errc::forbidden : tcr::kube::errc::unavailable));
    record();
    turn(300);
    BOOST_TEST(requests.size() == 101u);
    BOOST_TEST(log.lines() == tcr::line_limiter::lines_per_window);
}

BOOST_AUTO_TEST_CASE(an_event_that_the_server_will_never_take_is_dropped)
{
    start();
    answers.push_back(refused(tcr::kube::errc::invalid));
    record("Bad");
    turn();
    BOOST_TEST(requests.size() == 1u);
    BOOST_TEST(log.lines() == 1u);
    record("Good");
    turn();
    BOOST_TEST_REQUIRE(requests.size() == 2u);
    BOOST_TEST(body_of(1).at("reason").as_string() == "Good");
}

BOOST_AUTO_TEST_CASE(a_missing_namespace_is_retried_with_backoff)
{
    auto how = make_options();
    how.retry = {1h, 1h};
    start(how);
    answers.push_back(refused(tcr::kube::errc::not_found));
    record();
    turn();
    BOOST_TEST(requests.size() == 1u);
    BOOST_TEST(log.lines() == 1u);
}

BOOST_AUTO_TEST_CASE(a_retry_after_of_the_server_is_obeyed)
{
    start();
    answers.push_back(refused(tcr::kube::errc::too_many_requests, 1h));
    record();
    turn();
    record("Other");
    turn();
    BOOST_TEST(requests.size() == 1u);
}

BOOST_AUTO_TEST_CASE(without_leadership_nothing_is_logged)
{
    start();
    answers.push_back(error(tcr::net::errc::gate_closed));
    record();
    turn();
    BOOST_TEST(requests.size() == 2u);
    BOOST_TEST(log.text().empty());
}

BOOST_AUTO_TEST_CASE(occurrences_recorded_while_nothing_runs_are_written_by_the_next_run)
{
    start();
    run->cancel();
    BOOST_TEST(run->turn());
    BOOST_TEST(run->was_aborted());
    record();
    run->turn();
    BOOST_TEST(requests.empty());
    run->start([this] { return subject->run(); });
    turn();
    BOOST_TEST(requests.size() == 1u);
}

BOOST_AUTO_TEST_CASE(cancelled_during_a_request_it_ends_and_can_run_again)
{
    is_gated = true;
    start();
    record();
    run->turn();
    BOOST_TEST(requests.size() == 1u);
    run->cancel();
    BOOST_TEST(run->turn());
    BOOST_TEST(run->was_aborted());
    BOOST_TEST(log.text().empty());
    is_gated = false;
    run->start([this] { return subject->run(); });
    turn();
    BOOST_TEST(log.text().empty());
    // The recorder does not know whether the cancelled request reached the server. It sends the same count
    // again.
    BOOST_TEST(requests.size() <= 2u);
    BOOST_TEST(body_of(requests.size() - 1).at("count").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(it_ends_when_cancelled_at_any_step)
{
    for (int steps = 0; steps < 30; ++steps)
    {
        fixture each;
        each.answers.push_back(refused(tcr::kube::errc::unavailable));
        each.start();
        each.record("One");
        each.record("Two");
        for (int i = 0; i < steps; ++i)
            each.run->step();
        each.run->cancel();
        BOOST_TEST(each.run->turn());
        BOOST_TEST(each.run->was_aborted());
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace event_recorder_test
