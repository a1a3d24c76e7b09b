#pragma once

// The credentials for an API server and the CAs that verify it, renewed when their source changes.

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
    std::chrono::milliseconds check_interval{10'000};   ///< between two checks of the files
    std::chrono::milliseconds reread_interval{60'000};  ///< after this, even unchanged files are read again
    std::chrono::milliseconds demand_interval{1'000};   ///< the same, after the server refused their content
    std::chrono::milliseconds plugin_limit{60'000};     ///< an exec plugin that takes longer is killed

    /// From the end of one run of an exec plugin to the next. Longer after each failure.
    backoff_policy plugin_pause{std::chrono::milliseconds(5'000), std::chrono::milliseconds(60'000)};
};

/// Which parts of an identity changed.
struct identity_change
{
    bool token = false;
    bool authorities = false;
    bool certificate = false;

    bool any() const { return token || authorities || certificate; }

    /// "token, CA, client certificate"
    std::string text() const;
};

/// Our credentials for an API server and the CAs we trust for it. Follows changes of the files and of the
/// exec plugin that they come from.
///
/// If these are unreadable or inconsistent, the last good state stays in use. The same holds if the files
/// name another server, because that server must not receive the credentials of this one.
class identity
{
public:
    /// Reads the configuration again; empty if the configuration is fixed.
    using loader = std::function<result<cluster_config>()>;

    /// \par Errors why the TLS material of `config` is unusable.
    static result<std::unique_ptr<identity>> make(
        asio::any_io_executor executor, cluster_config config, loader load, identity_options options
    );
    identity(identity const&) = delete;
    identity& operator=(identity const&) = delete;

    cluster_config const& config() const { return config_; }

    /// For new connections. Replaced by another object when the CA or the client certificate changes.
    std::shared_ptr<asio::ssl::context> const& tls() const { return tls_; }

    /// The bearer token to send now, or empty.
    std::string const& token() const;

    /// Incremented on every change.
    std::uint64_t generation() const { return generation_; }

    /// Whether there is an exec plugin but no credential of it that is valid at `now`. Then call `obtain`
    /// before a request.
    bool lacks_credential(std::chrono::system_clock::time_point now) const;

    /// Runs the exec plugin, or waits for the run in flight.
    /// \par Errors `errc::no_credential` if there is none. After a failed run an expired one stays in use.
    task<result<void>> obtain();

    /// Call after a 401. Reads the files and, if they did not change the identity, runs the exec plugin.
    /// Callers whose requests were refused with the same generation share one attempt. \return whether the
    /// generation is no longer `refused`.
    task<bool> renew(std::uint64_t refused);

    using steady_time = std::chrono::steady_clock::time_point;

    /// Reads the files again if they changed, or if the last reading was `reread_interval` ago. If that
    /// reading failed, reads them again after `demand_interval`.
    void check_files(steady_time now);

    /// Like `check_files`, but always with `demand_interval`: the server refused the content of the files.
    void read_on_demand(steady_time now);

    /// Checks the files and the credential's expiry periodically, renews both, and logs every renewal, those
    /// by other calls included. Never ends. \par Cancellation terminal.
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
    exec_credential credential_;  ///< of the exec plugin
    std::shared_ptr<asio::ssl::context> tls_;
    std::uint64_t generation_ = 0;

    steady_time read_at_;
    std::string files_problem_;  ///< why the last reading was not used; empty if it was good

    bool is_running_ = false;       ///< a run of the exec plugin is in flight
    std::uint64_t runs_ = 0;        ///< ended runs of the exec plugin
    asio::steady_timer run_ended_;  ///< cancelled at the end of a run
    steady_time next_run_{};
    system_time due_ = system_time::min();
    unsigned failures_ = 0;  ///< failed runs in a row
    std::string plugin_problem_;

    identity_change unreported_;
    notifier change_;
};

}  // namespace tcr::kube
