#pragma once

// Decides when a token is refreshed, and what to report while that fails.

#include <tcr/credentials/stored_token.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <string>

namespace tcr::credentials
{

/// The state of a token by its remaining life.
enum class token_age
{
    none,    ///< there is no token
    fresh,   ///< nothing to do
    due,     ///< about half of its life is over: a new one is to be made
    ending,  ///< less than a tenth of its life is left, and there is no new one
    expired
};

/// When a new token is to be made: at half of the token's life ± a tenth of that half. Depends on the token
/// alone: a restart neither hastens nor delays it, and many tokens are not renewed at once.
std::chrono::system_clock::time_point refresh_time(stored_token const& token);

/// When a token becomes `ending`.
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

/// Schedules the attempts to make a token. Pure: the caller passes the time and random numbers.
///
/// A failure that may pass is retried after 2 s, doubled up to 1 min. One that an operator must fix is
/// retried after 15 s, doubled up to 10 min.
class token_schedule
{
public:
    using time_point = std::chrono::system_clock::time_point;

    /// Whether a token is to be made now.
    bool is_due(stored_token const* token, time_point now) const;

    /// When to check the token again if nothing happens before.
    time_point next_check(stored_token const* token, time_point now) const;

    /// An attempt failed. `is_transient`: a retry may succeed without an operator. `random` is in [0, 1).
    void failed(error const& why, bool is_transient, time_point now, double random);

    /// An attempt succeeded. If tokens are lost repeatedly, because another client deletes them, each next
    /// one is made later.
    void succeeded(stored_token const& made, time_point now, double random);

    /// What keeps the token from being refreshed; nothing if nothing does.
    std::optional<token_trouble> trouble(stored_token const* token, time_point now) const;

private:
    unsigned failures_ = 0;
    time_point next_try_{};
    boost::system::error_code last_code_;
    std::string
        last_failure_;  ///< first message in a row with `last_code_`: later ones differ at most in a number
    time_point made_at_{};
    unsigned losses_ = 0;  ///< in a row, each soon after a token was made
};

}  // namespace tcr::credentials
