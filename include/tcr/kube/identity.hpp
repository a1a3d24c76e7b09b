// SPDX-License-Identifier: Apache-2.0
#pragma once

// The credentials for an API server and the CAs that verify it. Both are renewed when their source changes.

#include <tcr/kube/config.hpp>
#include <tcr/kube/exec_plugin.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/backoff.hpp>
#include <tcr/util/error.hpp>
#include <tcr/util/notifier.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tcr::kube
{

struct identity_options
{
    std::chrono::milliseconds check_interval{10'000};   ///< max time between two checks for changed files
    std::chrono::milliseconds reread_interval{60'000};  ///< time until even unchanged files are read again

    /// Replaces `reread_interval` after a failed reading, and in calls of `read_on_demand`.
    std::chrono::milliseconds demand_interval{1'000};

    std::chrono::milliseconds plugin_timeout{60'000};  ///< a run of an exec plugin is killed after this time

    /// Pause between two runs of an exec plugin. It grows with each failure in a row.
    backoff_policy plugin_pause{std::chrono::milliseconds(5'000), std::chrono::milliseconds(60'000)};
};

/// Which parts of an identity changed.
struct identity_change
{
    bool token = false;
    bool authorities = false;
    bool certificate = false;
    bool proxy_login = false;

    bool any() const { return token || authorities || certificate || proxy_login; }

    /// The names of the changed parts, such as "token, CA, client certificate, proxy login".
    std::string text() const;
};

/// Our credentials for an API server, and the CAs that we trust for this server. Both follow changes of the
/// configuration files. The credentials also follow the results of the exec plugin.
///
/// If a new state is unreadable or inconsistent, the last good state stays in use. The last good state also
/// stays in use if the files name another server or proxy, or verify the server in another way: our
/// credentials are only for the server that was configured at the start.
class identity
{
public:
    /// Function that reads the configuration again. Empty if the configuration is fixed.
    using loader = std::function<result<cluster_config>()>;

    /// Makes an identity from `config`. \par Errors if the TLS material of `config` is unusable; the text has
    /// the reason.
    static result<std::unique_ptr<identity>> make(
        asio::any_io_executor executor, cluster_config config, loader load, identity_options options
    );
    identity(identity const&) = delete;
    identity& operator=(identity const&) = delete;

    cluster_config const& config() const { return config_; }

    /// TLS context for new connections. A new object replaces it when the CA or the client certificate
    /// changes.
    std::shared_ptr<asio::ssl::context> const& tls() const { return tls_; }

    /// The bearer token to send now, or empty.
    std::string const& token() const;

    /// Incremented on every change of the identity.
    std::uint64_t generation() const { return generation_; }

    /// Whether there is an exec plugin but no credential from it that is valid at `now`. If so, call `obtain`
    /// before a request.
    bool lacks_credential(std::chrono::system_clock::time_point now) const;

    /// Runs the exec plugin, or waits for the run in flight. Starts no run during the pause after a run
    /// (`plugin_pause`). \par Errors `errc::no_credential` if the plugin has never returned a usable
    /// credential; the text has the problem of the last run. If there is an earlier credential, a failed run
    /// is no error: this credential stays in use, even if it has expired.
    task<result<void>> obtain();

    /// Call after a 401. `refused` is the generation of the identity that the request used. If `refused` is
    /// still the current generation, calls `read_on_demand`. If this changed nothing, runs the exec plugin as
    /// `obtain` does. Callers that arrive during a run share the run's result.
    /// \return whether the generation differs from `refused` now.
    task<bool> renew(std::uint64_t refused);

    using steady_time = std::chrono::steady_clock::time_point;

    /// Reads the files again if they changed, or if the last reading was at least `reread_interval` ago. If
    /// the last reading failed, reads the files again only when `demand_interval` has passed since then.
    void check_files(steady_time now);

    /// Like `check_files`, but always with `demand_interval` instead of `reread_interval`. Call if the server
    /// refused the credentials or if the server's certificate does not verify.
    void read_on_demand(steady_time now);

    /// Periodically calls `check_files`, and renews the exec plugin's credential before it expires. Logs
    /// renewals, including those that other calls made. Logs a repeated failure only once. Never ends.
    /// \par Cancellation terminal.
    task<void> keep_fresh(logger& log);

private:
    using system_time = std::chrono::system_clock::time_point;

    identity(
        asio::any_io_executor executor,
        std::shared_ptr<asio::ssl::context> tls,
        cluster_config config,
        loader load,
        identity_options options
    );

    bool files_changed() const;
    void read_if_older(steady_time now, std::chrono::steady_clock::duration age);
    void read_files(steady_time now);
    std::string apply_config(cluster_config fresh);
    task<void> run_plugin();
    void on_plugin_result(exec_plugin const& of, result<exec_credential> outcome);
    std::string apply(cluster_config config, exec_credential credential);
    bool is_due(system_time now) const;
    steady_time next_check() const;

    loader load_;
    identity_options options_;
    cluster_config config_;
    exec_credential credential_;  ///< from the exec plugin
    std::shared_ptr<asio::ssl::context> tls_;
    std::uint64_t generation_ = 0;

    steady_time read_at_;
    std::string files_problem_;  ///< why the last reading was not used; empty if it was used

    bool is_running_ = false;       ///< a run of the exec plugin is in flight
    std::uint64_t runs_ = 0;        ///< ended runs, without those whose plugin was replaced during the run
    asio::steady_timer run_ended_;  ///< cancelled at the end of a run, to wake the waiting callers
    steady_time next_run_{};
    system_time due_ = system_time::min();
    unsigned failures_ = 0;  ///< failed runs in a row
    std::string plugin_problem_;

    identity_change unreported_;
    notifier change_;
};

}  // namespace tcr::kube
