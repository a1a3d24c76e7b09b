// SPDX-License-Identifier: Apache-2.0
#include "tokens.hpp"
#include <tcr/credentials/token_schedule.hpp>
#include <tcr/registry/errc.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

namespace token_schedule_test
{

using namespace tcr;
using namespace tcr::credentials;
using namespace std::chrono_literals;

error const outage(registry::errc::unavailable, "the API is unavailable");

BOOST_AUTO_TEST_CASE(tokens_are_refreshed_around_half_of_their_life_and_not_all_at_once)
{
    std::set<std::chrono::system_clock::time_point> moments;
    for (int i = 0; i < 200; ++i)
    {
        auto const when = refresh_time(test::token(test::noon, 1h, "token " + std::to_string(i)));
        BOOST_TEST((when >= test::noon + 27min));
        BOOST_TEST((when <= test::noon + 33min));
        moments.insert(when);
    }
    BOOST_TEST(moments.size() > 190u);
    BOOST_TEST((*moments.rbegin() - *moments.begin() > 5min));
    // The same token has the same refresh time, also after a restart.
    BOOST_TEST((refresh_time(test::token(test::noon)) == refresh_time(test::token(test::noon))));
}

BOOST_AUTO_TEST_CASE(a_token_ages)
{
    auto const stored = test::token(test::noon);
    BOOST_TEST((age_of(nullptr, test::noon) == token_age::none));
    BOOST_TEST((age_of(&stored, test::noon) == token_age::fresh));
    BOOST_TEST((age_of(&stored, refresh_time(stored) - 1s) == token_age::fresh));
    BOOST_TEST((age_of(&stored, refresh_time(stored)) == token_age::due));
    BOOST_TEST((age_of(&stored, test::noon + 54min) == token_age::ending));
    BOOST_TEST((age_of(&stored, test::noon + 60min) == token_age::expired));
}

BOOST_AUTO_TEST_CASE(transient_failures_are_retried_within_a_minute_and_others_within_ten)
{
    for (bool const is_transient : {true, false})
    {
        token_schedule schedule;
        auto now = test::noon;
        auto longest = 0s;
        BOOST_TEST(schedule.is_due(nullptr, now));
        for (int i = 0; i < 20; ++i)
        {
            schedule.failed(outage, is_transient, now, 0.999);
            BOOST_TEST(!schedule.is_due(nullptr, now));
            auto const next = schedule.next_check(nullptr, now);
            BOOST_TEST(schedule.is_due(nullptr, next));
            longest = std::max(longest, std::chrono::round<std::chrono::seconds>(next - now));
            now = next;
        }
        BOOST_TEST((longest == (is_transient ? 60s : 600s)));
    }
}

BOOST_AUTO_TEST_CASE(retry_after_is_honoured_up_to_a_limit)
{
    token_schedule schedule;
    schedule.failed(error(registry::errc::limited, "slow down", 30s), true, test::noon, 0.5);
    BOOST_TEST(!schedule.is_due(nullptr, test::noon + 29s));
    BOOST_TEST(schedule.is_due(nullptr, test::noon + 30s));
    schedule.failed(error(registry::errc::unavailable, "come back tomorrow", 24h), true, test::noon, 0.5);
    BOOST_TEST(schedule.is_due(nullptr, test::noon + 60s));
}

BOOST_AUTO_TEST_CASE(repeatedly_lost_tokens_are_replaced_ever_later)
{
    token_schedule schedule;
    auto now = test::noon;
    auto longest = 0s;
    for (int i = 0; i < 12; ++i)
    {
        BOOST_TEST(schedule.is_due(nullptr, now));
        schedule.succeeded(test::token(now), now, 0.999);
        auto const next = schedule.next_check(nullptr, now);
        longest = std::max(longest, std::chrono::round<std::chrono::seconds>(next - now));
        now = next + 1s;
    }
    BOOST_TEST((longest == 600s));
    // The last token was in use for more than a quarter of its life. Its loss resets the delay.
    now += 30min;
    schedule.succeeded(test::token(now), now, 0.999);
    BOOST_TEST(schedule.is_due(nullptr, now));
}

BOOST_AUTO_TEST_CASE(repeated_failures_of_one_kind_keep_the_first_message)
{
    token_schedule schedule;
    auto const message = [&] { return schedule.problem(nullptr, test::noon)->message; };
    schedule.failed(error(registry::errc::unavailable, "away (request 1)"), true, test::noon, 0.5);
    schedule.failed(error(registry::errc::unavailable, "away (request 2)"), true, test::noon, 0.5);
    BOOST_TEST(message() == "cannot create a token: away (request 1)");
    BOOST_TEST(!schedule.problem(nullptr, test::noon)->is_permanent);
    schedule.failed(error(registry::errc::forbidden, "no (request 3)"), false, test::noon, 0.5);
    BOOST_TEST(message() == "cannot create a token: no (request 3)");
    BOOST_TEST(schedule.problem(nullptr, test::noon)->is_permanent);
    schedule.failed(outage, true, test::noon, 0.5);
    BOOST_TEST(!schedule.problem(nullptr, test::noon)->is_permanent);
}

BOOST_AUTO_TEST_CASE(a_problem_escalates_and_ends_with_a_fresh_token)
{
    auto const stored = test::token(test::noon);
    token_schedule schedule;
    auto const reason = [&](std::chrono::system_clock::time_point now)
    {
        auto const what = schedule.problem(&stored, now);
        return what ? what->reason : "";
    };
    BOOST_TEST(reason(test::noon + 35min) == "");
    schedule.failed(outage, true, test::noon + 35min, 0.5);
    BOOST_TEST(reason(test::noon + 35min) == "RefreshFailing");
    BOOST_TEST(schedule.problem(&stored, test::noon + 35min)->message.ends_with(": the API is unavailable"));
    BOOST_TEST(reason(test::noon + 54min) == "ExpiresSoon");
    BOOST_TEST(reason(test::noon + 60min) == "Expired");
    auto const fresh = test::token(test::noon + 61min);
    schedule.succeeded(fresh, test::noon + 61min, 0.5);
    BOOST_TEST(!schedule.problem(&fresh, test::noon + 61min).has_value());
    BOOST_TEST(!schedule.problem(nullptr, test::noon).has_value());
    schedule.failed(outage, false, test::noon, 0.5);
    BOOST_TEST(schedule.problem(nullptr, test::noon)->reason == "NoToken");
}

BOOST_AUTO_TEST_CASE(a_changed_token_is_written_and_failures_are_retried_ever_later)
{
    auto const stored = test::token(test::noon);
    token_schedule schedule;
    BOOST_TEST(!schedule.is_write_due(test::noon));
    schedule.changed();
    BOOST_TEST(schedule.is_write_due(test::noon));
    auto now = test::noon;
    auto longest = 0ms;
    for (int i = 0; i < 12; ++i)
    {
        auto const delay = schedule.write_failed(now, 0.999);
        BOOST_TEST(!schedule.is_write_due(now + delay - 1ms));
        BOOST_TEST(schedule.is_write_due(now + delay));
        BOOST_TEST((schedule.next_check(&stored, now) <= now + delay));
        longest = std::max(longest, delay);
        now += delay;
    }
    BOOST_TEST((longest > 299s));
    BOOST_TEST((longest <= 300s));
    // A token that the cluster lost is written again after the delay. A new token is written at once.
    schedule.write_failed(now, 0.999);
    schedule.require_write();
    BOOST_TEST(!schedule.is_write_due(now));
    schedule.changed();
    BOOST_TEST(schedule.is_write_due(now));
    schedule.written();
    BOOST_TEST(!schedule.is_write_due(now + 1h));
    schedule.require_write();
    BOOST_TEST(schedule.is_write_due(now));
    BOOST_TEST((schedule.write_failed(now, 0.999) <= 2s));
}

BOOST_AUTO_TEST_CASE(names_are_queried_only_while_a_server_is_unknown)
{
    auto const stored = test::token(test::noon);
    token_schedule schedule;
    BOOST_TEST(!schedule.is_name_query_due(true, test::noon));
    BOOST_TEST(schedule.is_name_query_due(false, test::noon));
    schedule.names_queried(false, test::noon);
    BOOST_TEST(!schedule.is_name_query_due(false, test::noon + 299s));
    BOOST_TEST((schedule.next_check(&stored, test::noon) == test::noon + 300s));
    BOOST_TEST(schedule.is_name_query_due(false, test::noon + 300s));
    schedule.names_queried(true, test::noon + 300s);
    BOOST_TEST(!schedule.is_name_query_due(false, test::noon + 359s));
    BOOST_TEST(schedule.is_name_query_due(false, test::noon + 360s));
    // All servers are known again. The next unknown server is queried at once.
    BOOST_TEST(!schedule.is_name_query_due(true, test::noon + 360s));
    BOOST_TEST((schedule.next_check(&stored, test::noon + 360s) == refresh_time(stored)));
    BOOST_TEST(schedule.is_name_query_due(false, test::noon + 361s));
}

BOOST_AUTO_TEST_CASE(the_next_check_is_at_the_next_change)
{
    auto const stored = test::token(test::noon);
    token_schedule schedule;
    BOOST_TEST((schedule.next_check(&stored, test::noon) == refresh_time(stored)));
    schedule.failed(outage, false, test::noon + 53min, 0.999);
    schedule.failed(outage, false, test::noon + 53min, 0.999);
    schedule.failed(outage, false, test::noon + 53min, 0.999);
    schedule.failed(outage, false, test::noon + 53min, 0.999);
    // The token becomes `ending` before the next attempt. The check at that time reports it.
    BOOST_TEST((schedule.next_check(&stored, test::noon + 53min) == ending_time(stored)));
    auto const years = test::token(test::noon, std::chrono::hours(24 * 3650));
    BOOST_TEST((schedule.next_check(&years, test::noon) == test::noon + 1h));
}

}  // namespace token_schedule_test
