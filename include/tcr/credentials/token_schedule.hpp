#pragma once

// Decides when a token is refreshed and stored, and what to report while that fails.

#include <tcr/credentials/stored_token.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <optional>
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
/// alone: a restart does not change it, and many tokens are not renewed at once.
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

/// Schedules the attempts to make a token, to write it into its Secret and to read its instance's names.
/// Pure: the caller passes the time and random numbers.
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

    /// The token or its servers changed: it is to be written at once.
    void changed();

    /// The token is not in its Secret.
    void require_write() { is_unwritten_ = true; }

    /// Whether to write the token now.
    bool is_write_due(time_point now) const { return is_unwritten_ && now >= next_write_; }

    /// The token is in its Secret, or there is none.
    void written()
    {
        changed();
        is_unwritten_ = false;
    }

    /// A write failed. \return the delay of the next one.
    std::chrono::milliseconds write_failed(time_point now, double random);

    /// Whether to read the names of the instance now. `covers_all`: the token may be sent to all servers of
    /// its ImagePullSecrets, so that there is no need.
    bool is_name_query_due(bool covers_all, time_point now);

    /// The names were read, or that failed.
    void names_queried(bool has_failed, time_point now);

    /// The problem to report: there is no token, it cannot be refreshed, or it expired. Nothing if the token
    /// is fresh, or if it is not expired and the last attempt did not fail.
    std::optional<token_trouble> trouble(stored_token const* token, time_point now) const;

private:
    unsigned failures_ = 0;
    time_point next_try_{};
    boost::system::error_code last_code_;
    std::string
        last_failure_;  ///< first message in a row with `last_code_`: later ones differ at most in a number
    time_point made_at_{};
    unsigned losses_ = 0;  ///< in a row, each soon after a token was made
    bool is_unwritten_ = false;
    time_point next_write_{};
    unsigned write_failures_ = 0;
    std::optional<time_point> next_name_query_;  ///< only while a server is not a known name
};

}  // namespace tcr::credentials
