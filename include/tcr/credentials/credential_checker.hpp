// SPDX-License-Identifier: Apache-2.0
#pragma once

// Asks registries whether they accept logins.

#include <tcr/credentials/login.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/net/web_client.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tcr::credentials
{

/// A login to check at its registry.
struct check_target
{
    std::string name;  ///< name of the ImagePullSecret
    login what;
};

/// Max number of logins that are checked for one ImagePullSecret: the first ones of its dockerconfigjson.
/// Bounds the requests that one ImagePullSecret causes.
inline constexpr std::size_t max_checked_logins = 16;

/// A registry's answer about a login.
struct check_result
{
    using time_point = std::chrono::system_clock::time_point;

    enum class outcome
    {
        accepted,
        rejected,
        unknown  ///< the check is impossible or failed, or the registry requires no credential
    };

    outcome what = outcome::unknown;
    std::string message;
    std::uint64_t fingerprint = 0;  ///< hash of the login
    time_point checked_at;

    /// When to check the login again: `interval` after `checked_at`. If this result is `unknown`, at most
    /// 1 min after `checked_at`.
    time_point next_check(std::chrono::milliseconds interval) const;

    /// Replaces this result by `later`, the result of a later check. \return whether the login, the outcome
    /// or the message changed.
    ///
    /// Exception: a failed check does not invalidate the registry's earlier answer. So if both results are
    /// about the same login, and only `later` is `unknown`, updates only `checked_at`.
    bool update(check_result later);
};

/// A hash of the login. A result with another fingerprint is for an earlier login.
std::uint64_t fingerprint_of(login const& what);

/// The result for a login. `answer` is the result of `registry::probe_credential`. The message of the result
/// names the registry.
check_result check_result_of(login const& what, result<bool> const& answer, check_result::time_point now);

/// Results for the logins of one ImagePullSecret, by `login::registry`.
using login_check_results = std::map<std::string, check_result>;

/// The common result for all logins of an ImagePullSecret. Pure. Its outcome is
/// - rejected if at least one login is rejected
/// - accepted if all logins are accepted
/// - unknown in all other cases.
///
/// Logins beyond `max_checked_logins` and logins without a result count as unknown. A result with another
/// fingerprint than the login's is ignored. The message consists of the messages of the first few logins with
/// the common outcome. `fingerprint` and `checked_at` are not set. Returns nullopt if no login has a result.
std::optional<check_result> combined_result(
    std::vector<login> const& logins, login_check_results const& known
);

/// Asks registries every `interval` whether they accept the logins, so that a wrong password is reported
/// before a pull fails. Runs on the leader.
class credential_checker
{
public:
    /// `targets` returns the logins to check. The checker calls `on_check_result` when the result for a login
    /// changed. `name` is the name of the login's ImagePullSecret.
    /// \par Lifetimes `web` and `log` must outlive the checker.
    credential_checker(
        asio::any_io_executor executor,
        net::web_client& web,
        std::chrono::milliseconds interval,
        std::function<std::vector<check_target>()> targets,
        std::function<void(std::string const& name, check_result const&)> on_check_result,
        logger& log
    );

    /// Call when a login may have changed: the checker checks new logins at once.
    void trigger() { loop_.trigger(); }

    /// Checks until cancelled. \par Cancellation terminal.
    task<void> run() { return loop_.run(); }

    /// The latest results, by name of the ImagePullSecret.
    std::map<std::string, login_check_results> const& results() const { return results_; }

private:
    check_result::time_point due_at(check_target const& target) const;
    task<runtime::next_reconcile> reconcile();
    task<bool> check(check_target target);

    net::web_client& web_;
    std::chrono::milliseconds interval_;
    std::function<std::vector<check_target>()> targets_;
    std::function<void(std::string const&, check_result const&)> on_check_result_;
    logger& log_;
    runtime::reconcile_loop loop_;
    std::map<std::string, login_check_results> results_;
};

}  // namespace tcr::credentials
