#pragma once

#include <tcr/credentials/stored_token.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <string>

namespace tcr::credentials
{

/// How a token is, seen from its end.
enum class token_age
{
    none,    ///< there is no token
    fresh,   ///< nothing is to be done
    due,     ///< half of its life is over: another is to be made
    ending,  ///< less than a tenth of its life is left, and no other could be made
    expired
};

/// When another token is to be made: at half of its life, ± a tenth of that. The same for whoever asks, so
/// that a restart neither hastens nor delays it; different from token to token, so that many are not made at
/// once.
std::chrono::system_clock::time_point refresh_time(stored_token const& token);

/// When it counts as ending.
std::chrono::system_clock::time_point ending_time(stored_token const& token);

/// `token` may be null.
token_age age_of(stored_token const* token, std::chrono::system_clock::time_point now);

/// What keeps a token from being refreshed, for status, Event and log.
struct token_trouble
{
    std::string reason;   ///< "RefreshFailing", "ExpiresSoon", "Expired", "NoToken"
    std::string message;  ///< without a credential

    bool operator==(token_trouble const&) const = default;
};

/// The attempts to make a token: pure, the caller tells the time and chance.
///
/// A failure that may pass is retried after 2 s, doubled up to a minute; one that takes somebody's hand after
/// 15 s, doubled up to 10 minutes.
class token_schedule
{
public:
    using time_point = std::chrono::system_clock::time_point;

    /// Whether a token is to be made now.
    bool is_due(stored_token const* token, time_point now) const;

    /// When to look again if nothing happens before.
    time_point next_look(stored_token const* token, time_point now) const;

    /// An attempt failed; `random` in [0, 1).
    void failed(error const& why, bool may_pass, time_point now, double random);

    /// It succeeded. Where tokens are lost again and again, because somebody deletes them, others are made
    /// ever later.
    void succeeded(stored_token const& made, time_point now, double random);

    /// Nothing while all is well.
    std::optional<token_trouble> trouble(stored_token const* token, time_point now) const;

private:
    unsigned failures_ = 0;
    time_point next_try_{};
    boost::system::error_code last_code_;
    std::string
        last_failure_;  ///< of the first failure by that code in a row: others differ in a number at most
    time_point made_at_{};
    unsigned losses_ = 0;  ///< in a row, each soon after the token was made
};

}  // namespace tcr::credentials
