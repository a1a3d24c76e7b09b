#include "tokens.hpp"
#include <tcr/credentials/token_schedule.hpp>
#include <tcr/registry/errc.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

// What a day of one-hour tokens looks like: the decisions of `token_schedule`, with an API that is away now and then.

namespace
{

using namespace tcr;
using namespace tcr::credentials;
using namespace std::chrono_literals;
using std::chrono::seconds;

/// From when to when the API does not answer.
struct outage
{
    seconds begin;
    seconds end;
};

struct day
{
    int minted = 0;
    int attempts = 0;
    seconds longest_expired{0};  ///< how long the Secrets held a token that had ended
    seconds recovered_after{0};  ///< from the last outage's end to a token that is not due
    int restarts = 0;
};

/// Plays a day second by second. Secrets get a new token `lag` after it was made.
day play(std::vector<outage> const& outages, std::vector<seconds> const& restarts, seconds lag = 120s)
{
    auto const length = seconds(24h);
    day seen;
    std::minstd_rand random(7);
    token_schedule schedule;
    std::optional<stored_token> kept;         // in our own Secret, which outlives the process
    std::optional<stored_token> distributed;  // in the tenants' Secrets
    auto next = test::noon;
    seconds expired{0};
    for (seconds at{0}; at < length; ++at)
    {
        auto const now = test::noon + at;
        if (std::find(restarts.begin(), restarts.end(), at) != restarts.end())
        {
            schedule = {};
            next = now;
            ++seen.restarts;
        }
        auto const* token = kept ? &*kept : nullptr;
        if (now >= next)
        {
            if (schedule.is_due(token, now))
            {
                ++seen.attempts;
                bool const is_away = std::any_of(
                    outages.begin(),
                    outages.end(),
                    [at](auto const& each) { return at >= each.begin && at < each.end; }
                );
                if (is_away)
                    schedule.failed(
                        error(registry::errc::unavailable, "away"),
                        true,
                        now,
                        std::generate_canonical<double, 32>(random)
                    );
                else
                {
                    kept = test::token(now, 1h, "token " + std::to_string(++seen.minted));
                    schedule.succeeded(*kept, now, 0.5);
                }
            }
            token = kept ? &*kept : nullptr;
            next = schedule.next_look(token, now);
            // A second is the grain here.
            next = std::max<test::time_point>(std::chrono::ceil<seconds>(next), now + 1s);
        }
        if (kept && now >= kept->minted_at + lag)
            distributed = kept;
        bool const is_expired = distributed && now >= distributed->token.expires_at;
        expired = is_expired ? expired + 1s : 0s;
        seen.longest_expired = std::max(seen.longest_expired, expired);
        if (!outages.empty() && at >= outages.back().end && seen.recovered_after == 0s && kept &&
            age_of(&*kept, now) == token_age::fresh)
            seen.recovered_after = at - outages.back().end + 1s;
    }
    return seen;
}

BOOST_AUTO_TEST_CASE(a_day_takes_as_many_tokens_as_half_lives)
{
    auto const seen = play({}, {});
    // Every 27 to 33 minutes.
    BOOST_TEST(seen.minted >= 44);
    BOOST_TEST(seen.minted <= 54);
    BOOST_TEST(seen.attempts == seen.minted);
    BOOST_TEST((seen.longest_expired == 0s));
}

BOOST_AUTO_TEST_CASE(a_restart_makes_no_token)
{
    auto const quiet = play({}, {});
    std::vector<seconds> restarts;
    for (seconds at{600}; at < 24h; at += 97s)
        restarts.push_back(at);
    auto const seen = play({}, restarts);
    BOOST_TEST(seen.restarts > 800);
    BOOST_TEST(seen.minted == quiet.minted);
}

BOOST_AUTO_TEST_CASE(an_outage_of_any_length_up_to_the_rest_of_a_life_leaves_no_moment_with_an_ended_token)
{
    // A token is refreshed at 33 minutes at the latest, and a new one needs the lag until it is everywhere: what
    // begins at any time and is shorter than 60 - 33 minutes, less the lag and a retry, is never felt.
    constexpr seconds felt_from = 60min - 33min - 120s - 60s;
    for (seconds length = 1min; length < felt_from; length += 4min)
        for (seconds begin = 2h; begin < 3h; begin += 90s)
        {
            auto const seen = play({{begin, begin + length}}, {});
            BOOST_TEST(
                (seen.longest_expired == 0s), "an outage of " << length.count() << " s at " << begin.count()
            );
        }
}

BOOST_AUTO_TEST_CASE(after_a_longer_outage_there_is_a_good_token_within_a_retry_and_the_lag)
{
    for (seconds length = 30min; length <= 2h; length += 15min)
        for (seconds begin = 2h; begin < 3h; begin += 7min)
        {
            auto const seen = play({{begin, begin + length}}, {});
            BOOST_TEST((seen.recovered_after <= 61s), "an outage of " << length.count() << " s");
            // What cannot be refreshed is used until it ends, and no longer than the outage takes.
            BOOST_TEST((seen.longest_expired <= std::max(0s, length - 27min) + 120s + 60s));
        }
}

BOOST_AUTO_TEST_CASE(an_api_that_is_away_is_not_asked_without_end)
{
    auto const seen = play({{2h, 4h}}, {});
    // Once every 30 to 60 seconds, after the first few.
    BOOST_TEST(seen.attempts - seen.minted < 260);
}

}  // namespace
