#include "tokens.hpp"
#include <tcr/credentials/token_schedule.hpp>
#include <tcr/registry/errc.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

namespace
{

using namespace tcr;
using namespace tcr::credentials;
using namespace std::chrono_literals;

error const outage(registry::errc::unavailable, "the API is away");

BOOST_AUTO_TEST_CASE(another_token_is_made_around_half_of_the_life_and_not_for_all_at_once)
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
    // The same after a restart.
    BOOST_TEST((refresh_time(test::token(test::noon)) == refresh_time(test::token(test::noon))));
}

BOOST_AUTO_TEST_CASE(a_token_ages)
{
    auto const kept = test::token(test::noon);
    BOOST_TEST((age_of(nullptr, test::noon) == token_age::none));
    BOOST_TEST((age_of(&kept, test::noon) == token_age::fresh));
    BOOST_TEST((age_of(&kept, refresh_time(kept) - 1s) == token_age::fresh));
    BOOST_TEST((age_of(&kept, refresh_time(kept)) == token_age::due));
    BOOST_TEST((age_of(&kept, test::noon + 54min) == token_age::ending));
    BOOST_TEST((age_of(&kept, test::noon + 60min) == token_age::expired));
}

BOOST_AUTO_TEST_CASE(failures_that_may_pass_are_retried_within_a_minute_and_others_within_ten)
{
    for (bool const may_pass : {true, false})
    {
        token_schedule schedule;
        auto now = test::noon;
        auto longest = 0s;
        BOOST_TEST(schedule.is_due(nullptr, now));
        for (int i = 0; i < 20; ++i)
        {
            schedule.failed(outage, may_pass, now, 0.999);
            BOOST_TEST(!schedule.is_due(nullptr, now));
            auto const next = schedule.next_look(nullptr, now);
            BOOST_TEST(schedule.is_due(nullptr, next));
            longest = std::max(longest, std::chrono::round<std::chrono::seconds>(next - now));
            now = next;
        }
        BOOST_TEST((longest == (may_pass ? 60s : 600s)));
    }
}

BOOST_AUTO_TEST_CASE(the_api_may_ask_for_more_time_but_not_for_a_tokens_life)
{
    token_schedule schedule;
    schedule.failed(error(registry::errc::limited, "slow down", 30s), true, test::noon, 0.5);
    BOOST_TEST(!schedule.is_due(nullptr, test::noon + 29s));
    BOOST_TEST(schedule.is_due(nullptr, test::noon + 30s));
    schedule.failed(error(registry::errc::unavailable, "come back tomorrow", 24h), true, test::noon, 0.5);
    BOOST_TEST(schedule.is_due(nullptr, test::noon + 60s));
}

BOOST_AUTO_TEST_CASE(tokens_that_are_lost_again_and_again_are_made_ever_later)
{
    token_schedule schedule;
    auto now = test::noon;
    auto longest = 0s;
    for (int i = 0; i < 12; ++i)
    {
        BOOST_TEST(schedule.is_due(nullptr, now));
        schedule.succeeded(test::token(now), now, 0.999);
        auto const next = schedule.next_look(nullptr, now);
        longest = std::max(longest, std::chrono::round<std::chrono::seconds>(next - now));
        now = next + 1s;
    }
    BOOST_TEST((longest == 600s));
    // One that lived as it should is peace.
    now += 30min;
    schedule.succeeded(test::token(now), now, 0.999);
    BOOST_TEST(schedule.is_due(nullptr, now));
}

BOOST_AUTO_TEST_CASE(failures_of_one_kind_are_told_in_the_words_of_the_first)
{
    token_schedule schedule;
    auto const told = [&] { return schedule.trouble(nullptr, test::noon)->message; };
    schedule.failed(error(registry::errc::unavailable, "away (request 1)"), true, test::noon, 0.5);
    schedule.failed(error(registry::errc::unavailable, "away (request 2)"), true, test::noon, 0.5);
    BOOST_TEST(told() == "no token can be made: away (request 1)");
    schedule.failed(error(registry::errc::forbidden, "no (request 3)"), false, test::noon, 0.5);
    BOOST_TEST(told() == "no token can be made: no (request 3)");
}

BOOST_AUTO_TEST_CASE(trouble_grows_louder_and_ends_with_a_fresh_token)
{
    auto const kept = test::token(test::noon);
    token_schedule schedule;
    auto const reason = [&](std::chrono::system_clock::time_point now)
    {
        auto const what = schedule.trouble(&kept, now);
        return what ? what->reason : "";
    };
    BOOST_TEST(reason(test::noon + 35min) == "");
    schedule.failed(outage, true, test::noon + 35min, 0.5);
    BOOST_TEST(reason(test::noon + 35min) == "RefreshFailing");
    BOOST_TEST(schedule.trouble(&kept, test::noon + 35min)->message.ends_with(": the API is away"));
    BOOST_TEST(reason(test::noon + 54min) == "ExpiresSoon");
    BOOST_TEST(reason(test::noon + 60min) == "Expired");
    auto const fresh = test::token(test::noon + 61min);
    schedule.succeeded(fresh, test::noon + 61min, 0.5);
    BOOST_TEST(!schedule.trouble(&fresh, test::noon + 61min).has_value());
    BOOST_TEST(!schedule.trouble(nullptr, test::noon).has_value());
    schedule.failed(outage, false, test::noon, 0.5);
    BOOST_TEST(schedule.trouble(nullptr, test::noon)->reason == "NoToken");
}

BOOST_AUTO_TEST_CASE(it_is_looked_at_again_when_something_about_it_changes)
{
    auto const kept = test::token(test::noon);
    token_schedule schedule;
    BOOST_TEST((schedule.next_look(&kept, test::noon) == refresh_time(kept)));
    schedule.failed(outage, false, test::noon + 53min, 0.999);
    schedule.failed(outage, false, test::noon + 53min, 0.999);
    schedule.failed(outage, false, test::noon + 53min, 0.999);
    schedule.failed(outage, false, test::noon + 53min, 0.999);
    // Before the next attempt it is ending, which is to be told.
    BOOST_TEST((schedule.next_look(&kept, test::noon + 53min) == ending_time(kept)));
    auto const years = test::token(test::noon, std::chrono::hours(24 * 3650));
    BOOST_TEST((schedule.next_look(&years, test::noon) == test::noon + 1h));
}

}  // namespace
