#pragma once

// Asks registries whether they accept logins.

#include <tcr/credentials/login.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/net/web_client.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tcr::credentials
{

/// A login to check at its registry.
struct check_target
{
    std::string name;  ///< name of the ImagePullSecret
    std::string server;
    login credential;
};

/// A registry's answer about a login.
struct check_verdict
{
    using time_point = std::chrono::system_clock::time_point;

    enum class outcome
    {
        accepted,
        rejected,
        unknown  ///< the check failed, or the registry requires no credential
    };

    outcome what = outcome::unknown;
    std::string message;
    std::uint64_t fingerprint = 0;  ///< hash of server and login
    time_point checked_at;

    /// When to check the login again: `interval` after this check, but at most 1 min after a check with
    /// outcome `unknown`.
    time_point next_check(std::chrono::milliseconds interval) const;

    /// Replaces this verdict by the verdict of a later check. If the later verdict is `unknown` and about the
    /// same login, updates only the time: an unreachable registry does not invalidate its earlier answer.
    /// \return whether the verdict changed.
    bool update(check_verdict later);
};

/// A hash of server and login. A verdict with another fingerprint is about an earlier login.
std::uint64_t fingerprint_of(std::string_view server, login const& credential);

/// The verdict on a login, by the result of `registry::probe_credential`.
check_verdict verdict_of(
    check_target const& target, result<bool> const& answer, check_verdict::time_point now
);

/// Asks registries every `interval` whether they accept the logins, so that a wrong password is reported
/// before a pull fails. Runs on the leader.
class credential_checker
{
public:
    /// `targets` returns the logins to check. The checker calls `on_verdict` after each change of a verdict.
    /// \par Lifetimes `web` and `log` must outlive the checker.
    credential_checker(
        asio::any_io_executor executor,
        net::web_client& web,
        std::chrono::milliseconds interval,
        std::function<std::vector<check_target>()> targets,
        std::function<void(std::string const& name, check_verdict const&)> on_verdict,
        logger& log
    );

    /// Call when a login may have changed: the checker checks new logins at once.
    void trigger() { loop_.trigger(); }

    /// Checks until cancelled. \par Cancellation terminal.
    task<void> run() { return loop_.run(); }

    /// The latest verdicts, by name of the ImagePullSecret.
    std::map<std::string, check_verdict> const& verdicts() const { return verdicts_; }

private:
    check_verdict::time_point due_at(check_target const& target) const;
    task<runtime::next_reconcile> reconcile();
    task<void> check(check_target target);

    net::web_client& web_;
    std::chrono::milliseconds interval_;
    std::function<std::vector<check_target>()> targets_;
    std::function<void(std::string const&, check_verdict const&)> on_verdict_;
    logger& log_;
    runtime::reconcile_loop loop_;
    std::map<std::string, check_verdict> verdicts_;
};

}  // namespace tcr::credentials
