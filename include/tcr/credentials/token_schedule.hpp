// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decides when a token is refreshed and stored, and which problem of the token to report.

#include <tcr/credentials/stored_token.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace tcr::credentials
{

/// The state of a token, by its remaining lifetime.
enum class token_age
{
    none,    ///< there is no token
    fresh,   ///< no new token is needed yet
    due,     ///< about half of the token's lifetime is over: make a new token
    ending,  ///< at most a tenth of the token's lifetime is left
    expired
};

/// When to make a new token: after 45 % to 55 % of the token's lifetime. The percentage is computed from the
/// token. So it differs between tokens, which spreads their refreshes, and a restart does not change it.
std::chrono::system_clock::time_point refresh_time(stored_token const& token);

/// When a token becomes `ending`.
std::chrono::system_clock::time_point ending_time(stored_token const& token);

/// The state of `token` at `now`. `token` may be null.
token_age age_of(stored_token const* token, std::chrono::system_clock::time_point now);

/// Why a token cannot be refreshed, for status, Event and log.
struct token_problem
{
    std::string reason;   ///< "RefreshFailing", "ExpiresSoon", "Expired", "NoToken"
    std::string message;  ///< contains no credential

    /// Whether the last attempt failed for a cause that an operator must correct.
    bool is_permanent = false;

    bool operator==(token_problem const&) const = default;
};

/// Schedules three kinds of attempts: to make a token, to write the token into its Secret, and to read the
/// host names of the token's instance. Pure: the caller passes the time and random numbers.
///
/// After a failure to make a token, the next attempt waits for 50 % to 100 % of a backoff delay. The backoff
/// delay doubles with each failure in a row:
/// - from 2 s up to 1 min, after a transient failure
/// - from 15 s up to 10 min, after a failure whose cause an operator must correct
///
/// If the server's Retry-After is longer than this wait, the attempt waits for the Retry-After instead, but
/// at most for the maximum of the backoff delay.
class token_schedule
{
public:
    using time_point = std::chrono::system_clock::time_point;

    /// Whether to make a token now.
    bool is_due(stored_token const* token, time_point now) const;

    /// When the caller must check the token again, at the latest.
    time_point next_check(stored_token const* token, time_point now) const;

    /// Call when an attempt to make a token failed. `is_transient`: a retry may succeed without an operator.
    /// `random` is in [0, 1).
    void failed(error const& why, bool is_transient, time_point now, double random);

    /// Call when a token was made. If tokens are repeatedly lost soon after they were made, for example
    /// because another client deletes their Secret, the delay before the next token grows.
    void succeeded(stored_token const& made, time_point now, double random);

    /// Call when the token or its servers changed: the token is then written at once.
    void changed();

    /// Call when the Secret does not hold the token. Unlike `changed`, keeps the delay after a failed write.
    void require_write() { is_unwritten_ = true; }

    /// Whether to write the token now.
    bool is_write_due(time_point now) const { return is_unwritten_ && now >= next_write_; }

    /// Call when the token is in its Secret, or when there is no token.
    void written()
    {
        changed();
        is_unwritten_ = false;
    }

    /// Call when a write failed. \return the delay until the next write.
    std::chrono::milliseconds write_failed(time_point now, double random);

    /// Whether to read the host names of the instance now. `covers_all`: the token may already be sent to all
    /// servers of its ImagePullSecrets, so the names are not needed.
    bool is_name_query_due(bool covers_all, time_point now);

    /// Call when the names were read, or when reading them failed.
    void names_queried(bool has_failed, time_point now);

    /// Returns the problem to report; nullopt if there is no problem. A problem exists in two cases:
    /// - The token has expired.
    /// - The last attempt to make a token failed, and the token is missing or no longer fresh.
    std::optional<token_problem> problem(stored_token const* token, time_point now) const;

private:
    unsigned failures_ = 0;
    time_point next_try_{};
    boost::system::error_code last_code_;
    std::string last_failure_;   ///< message of the first failure since `last_code_` changed
    bool is_permanent_ = false;  ///< whether an operator must correct the cause of the last failure
    time_point made_at_{};
    unsigned losses_ = 0;  ///< number of tokens in a row that were lost soon after they were made
    bool is_unwritten_ = false;
    time_point next_write_{};
    unsigned write_failures_ = 0;
    std::optional<time_point> next_name_query_;  ///< when the names may be read again; nullopt: now
};

}  // namespace tcr::credentials
