// SPDX-License-Identifier: Apache-2.0
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

// Simulates how `token_schedule` renews one-hour tokens during one day with outages of the token API.

using namespace tcr;
using namespace tcr::credentials;
using namespace std::chrono_literals;
using std::chrono::seconds;

/// An interval in which the token API is unavailable, in seconds from the start of the day.
struct outage
{
    seconds begin;
    seconds end;
};

struct day
{
    int minted = 0;
    int attempts = 0;
    seconds longest_expired{0};  ///< longest time in which the tenants' Secrets held an expired token
    seconds recovered_after{0};  ///< from the end of the last outage until the token is fresh
    int restarts = 0;
};

/// Simulates a day second by second. The tenants' Secrets get a new token `lag` after its creation.
day simulate(std::vector<outage> const& outages, std::vector<seconds> const& restarts, seconds lag = 120s)
{
    auto const length = seconds(24h);
    day seen;
    std::minstd_rand random(7);
    token_schedule schedule;
    std::optional<stored_token> stored;       // in the controller's Secret, which survives restarts
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
            // Each step of the simulation is one second, so the time is rounded up.
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
    // The first token, and a refresh after 27 to 33 minutes each time: 44 to 54 tokens in 1440 minutes.
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
    // A token lives 60 minutes and is refreshed after at most 33 minutes. The remaining 27 minutes suffice
    // for an outage of this length, a retry (60 s) and the lag (120 s).
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
            // A token is valid for at least 27 minutes of the outage. It is expired for the rest of the
            // outage, a retry (60 s) and the lag (120 s).
            BOOST_TEST((seen.longest_expired <= std::max(0s, length - 27min) + 120s + 60s));
        }
}

BOOST_AUTO_TEST_CASE(an_unavailable_api_is_not_called_in_a_hot_loop)
{
    auto const seen = simulate({{2h, 4h}}, {});
    // After the first few attempts, the delay is 30 to 60 s: at most 240 attempts in two hours.
    BOOST_TEST(seen.attempts - seen.minted < 260);
}

}  // namespace simulated_day_test
