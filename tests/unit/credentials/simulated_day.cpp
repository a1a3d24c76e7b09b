#include "tokens.hpp"
#include <tcr/credentials/token_schedule.hpp>
#include <tcr/registry/errc.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

namespace simulated_day_test
{

// Simulates a day of one-hour tokens: the decisions of `token_schedule`, with outages of the API.

using namespace tcr;
using namespace tcr::credentials;
using namespace std::chrono_literals;
using std::chrono::seconds;

/// An interval in which the API does not answer.
struct outage
{
    seconds begin;
    seconds end;
};

struct day
{
    int minted = 0;
    int attempts = 0;
    seconds longest_expired{0};  ///< how long the Secrets held an expired token
    seconds recovered_after{0};  ///< from the last outage's end to a token that is not due
    int restarts = 0;
};

/// Simulates a day second by second. Secrets get a new token `lag` after it was created.
day simulate(std::vector<outage> const& outages, std::vector<seconds> const& restarts, seconds lag = 120s)
{
    auto const length = seconds(24h);
    day seen;
    std::minstd_rand random(7);
    token_schedule schedule;
    std::optional<stored_token> stored;       // in our own Secret, which outlives the process
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
        auto const* token = stored ? &*stored : nullptr;
        if (now >= next)
        {
            if (schedule.is_due(token, now))
            {
                ++seen.attempts;
                bool const is_unavailable = std::any_of(
                    outages.begin(),
                    outages.end(),
                    [at](auto const& each) { return at >= each.begin && at < each.end; }
                );
                if (is_unavailable)
                    schedule.failed(
                        error(registry::errc::unavailable, "unavailable"),
                        true,
                        now,
                        std::generate_canonical<double, 32>(random)
                    );
                else
                {
                    stored = test::token(now, 1h, "token " + std::to_string(++seen.minted));
                    schedule.succeeded(*stored, now, 0.5);
                }
            }
            token = stored ? &*stored : nullptr;
            next = schedule.next_check(token, now);
            // The simulation advances by whole seconds.
            next = std::max<test::time_point>(std::chrono::ceil<seconds>(next), now + 1s);
        }
        if (stored && now >= stored->minted_at + lag)
            distributed = stored;
        bool const is_expired = distributed && now >= distributed->token.expires_at;
        expired = is_expired ? expired + 1s : 0s;
        seen.longest_expired = std::max(seen.longest_expired, expired);
        if (!outages.empty() && at >= outages.back().end && seen.recovered_after == 0s && stored &&
            age_of(&*stored, now) == token_age::fresh)
            seen.recovered_after = at - outages.back().end + 1s;
    }
    return seen;
}

BOOST_AUTO_TEST_CASE(a_day_needs_a_token_for_each_half_life)
{
    auto const seen = simulate({}, {});
    // A token is refreshed every 27 to 33 minutes.
    BOOST_TEST(seen.minted >= 44);
    BOOST_TEST(seen.minted <= 54);
    BOOST_TEST(seen.attempts == seen.minted);
    BOOST_TEST((seen.longest_expired == 0s));
}

BOOST_AUTO_TEST_CASE(a_restart_creates_no_token)
{
    auto const quiet = simulate({}, {});
    std::vector<seconds> restarts;
    for (seconds at{600}; at < 24h; at += 97s)
        restarts.push_back(at);
    auto const seen = simulate({}, restarts);
    BOOST_TEST(seen.restarts > 800);
    BOOST_TEST(seen.minted == quiet.minted);
}

BOOST_AUTO_TEST_CASE(an_outage_shorter_than_the_rest_of_a_life_never_leaves_an_expired_token)
{
    // A token is refreshed after at most 33 minutes, and a new one is everywhere after `lag`. An outage that
    // is shorter than 60 - 33 minutes, less the lag and a retry, has no effect.
    constexpr seconds effective_from = 60min - 33min - 120s - 60s;
    for (seconds length = 1min; length < effective_from; length += 4min)
        for (seconds begin = 2h; begin < 3h; begin += 90s)
        {
            auto const seen = simulate({{begin, begin + length}}, {});
            BOOST_TEST(
                (seen.longest_expired == 0s), "an outage of " << length.count() << " s at " << begin.count()
            );
        }
}

BOOST_AUTO_TEST_CASE(after_a_longer_outage_a_valid_token_exists_within_a_retry_and_the_lag)
{
    for (seconds length = 30min; length <= 2h; length += 15min)
        for (seconds begin = 2h; begin < 3h; begin += 7min)
        {
            auto const seen = simulate({{begin, begin + length}}, {});
            BOOST_TEST((seen.recovered_after <= 61s), "an outage of " << length.count() << " s");
            // An expired token is in use for at most the rest of the outage.
            BOOST_TEST((seen.longest_expired <= std::max(0s, length - 27min) + 120s + 60s));
        }
}

BOOST_AUTO_TEST_CASE(an_unavailable_api_is_not_called_in_a_hot_loop)
{
    auto const seen = simulate({{2h, 4h}}, {});
    // One attempt every 30 to 60 seconds, after the first few.
    BOOST_TEST(seen.attempts - seen.minted < 260);
}

}  // namespace simulated_day_test
