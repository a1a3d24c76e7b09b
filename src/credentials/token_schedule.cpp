// SPDX-License-Identifier: Apache-2.0
#include <tcr/credentials/token_schedule.hpp>
#include <tcr/util/backoff.hpp>
#include <tcr/util/sha256.hpp>
#include <tcr/util/strings.hpp>

#include <algorithm>

namespace tcr::credentials
{
namespace
{

using std::chrono::milliseconds;
using std::chrono::seconds;
using time_point = std::chrono::system_clock::time_point;
using duration = std::chrono::system_clock::duration;

constexpr backoff_policy transient{milliseconds(2'000), milliseconds(60'000)};
constexpr backoff_policy permanent{milliseconds(15'000), milliseconds(600'000)};

/// Delays between attempts to write the Secret.
constexpr backoff_policy write_backoff{milliseconds(2'000), milliseconds(300'000)};

/// While the token may not be sent to all servers, the instance's host names are read again after
/// `name_query_interval`, or after `name_query_retry` if the last read failed.
constexpr seconds name_query_interval{300};
constexpr seconds name_query_retry{60};

/// Max time until the next check. The time is limited, because the machine's clock may be adjusted meanwhile.
constexpr std::chrono::hours max_check_interval{1};

/// A number in [0, 1) that depends only on the token.
double share_of(stored_token const& token)
{
    auto const digest = sha256_of(token.token.password);
    return static_cast<double>(prefix64(digest) >> 11) * 0x1p-53;
}

}  // namespace

time_point refresh_time(stored_token const& token)
{
    auto const life = token.token.expires_at - token.minted_at;
    auto const share = 0.45 + 0.1 * share_of(token);
    return token.minted_at + std::chrono::duration_cast<duration>(life * share);
}

time_point ending_time(stored_token const& token)
{
    return token.token.expires_at - (token.token.expires_at - token.minted_at) / 10;
}

token_age age_of(stored_token const* token, time_point now)
{
    if (token == nullptr)
        return token_age::none;
    if (now >= token->token.expires_at)
        return token_age::expired;
    if (now >= ending_time(*token))
        return token_age::ending;
    return now >= refresh_time(*token) ? token_age::due : token_age::fresh;
}

bool token_schedule::is_due(stored_token const* token, time_point now) const
{
    return age_of(token, now) != token_age::fresh && now >= next_try_;
}

time_point token_schedule::next_check(stored_token const* token, time_point now) const
{
    auto next = now + max_check_interval;
    auto const consider = [&](time_point when)
    {
        if (when > now)
            next = std::min(next, when);
    };
    if (age_of(token, now) != token_age::fresh)
        next = std::min(next, std::max(next_try_, now));
    if (token != nullptr)
    {
        consider(refresh_time(*token));
        consider(ending_time(*token));
        consider(token->token.expires_at);
    }
    if (is_unwritten_)
        next = std::min(next, next_write_);
    return std::min(next, next_name_query_.value_or(next));
}

void token_schedule::failed(error const& why, bool is_transient, time_point now, double random)
{
    auto const& policy = is_transient ? transient : permanent;
    // Cap the Retry-After: a very long one may come from a proxy between us and the API.
    next_try_ = now + std::max(policy.delay(++failures_, random), std::min(why.retry_after, policy.longest));
    if (failures_ == 1 || why.code != last_code_)
        last_failure_ = why.message();
    last_code_ = why.code;
    is_permanent_ = !is_transient;
}

void token_schedule::succeeded(stored_token const& made, time_point now, double random)
{
    bool const was_lost = made_at_ != time_point{} && now - made_at_ < (made.token.expires_at - now) / 4;
    losses_ = was_lost ? losses_ + 1 : 0;
    made_at_ = now;
    next_try_ = losses_ > 0 ? now + permanent.delay(losses_, random) : time_point{};
    failures_ = 0;
    last_code_ = {};
    last_failure_.clear();
    is_permanent_ = false;
}

void token_schedule::changed()
{
    is_unwritten_ = true;
    next_write_ = {};
    write_failures_ = 0;
}

milliseconds token_schedule::write_failed(time_point now, double random)
{
    auto const delay = write_backoff.delay(++write_failures_, random);
    next_write_ = now + delay;
    return delay;
}

bool token_schedule::is_name_query_due(bool covers_all, time_point now)
{
    if (covers_all)
        next_name_query_.reset();
    return !covers_all && now >= next_name_query_.value_or(now);
}

void token_schedule::names_queried(bool has_failed, time_point now)
{
    next_name_query_ = now + (has_failed ? name_query_retry : name_query_interval);
}

std::optional<token_problem> token_schedule::problem(stored_token const* token, time_point now) const
{
    auto const age = age_of(token, now);
    if (age == token_age::fresh || (failures_ == 0 && age != token_age::expired))
        return std::nullopt;
    auto const because = last_failure_.empty() ? std::string() : ": " + last_failure_;
    if (age == token_age::none)
        return token_problem{"NoToken", "cannot create a token" + because, is_permanent_};
    auto const expiry = rfc3339(token->token.expires_at);
    if (age == token_age::due)
        return token_problem{
            "RefreshFailing",
            "the token cannot be refreshed; it is valid until " + expiry + because,
            is_permanent_};
    if (age == token_age::ending)
        return token_problem{
            "ExpiresSoon",
            "the token expires at " + expiry +
                " and cannot be refreshed; images cannot be pulled after that" + because,
            is_permanent_};
    return token_problem{
        "Expired", "the token expired at " + expiry + " and cannot be refreshed" + because, is_permanent_};
}

}  // namespace tcr::credentials
