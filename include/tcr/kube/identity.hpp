#pragma once

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
    std::chrono::milliseconds check_interval{10'000};  ///< between two looks at the files
    std::chrono::milliseconds reread_interval{
        60'000};                                       ///< files that look the same are read again after this
    std::chrono::milliseconds demand_interval{1'000};  ///< the same, where the server refused what they hold
    std::chrono::milliseconds plugin_limit{60'000};    ///< an exec plugin that takes longer is killed

    /// From the end of one run of an exec plugin to the next, after failures longer each time.
    backoff_policy plugin_pause{std::chrono::milliseconds(5'000), std::chrono::milliseconds(60'000)};
};

/// What became another one.
struct identity_change
{
    bool token = false;
    bool authorities = false;
    bool certificate = false;

    bool any() const { return token || authorities || certificate; }

    /// "token, CA, client certificate"
    std::string text() const;
};

/// Who we are to an API server and whom we trust there, kept as new as the files and the exec plugin it comes
/// from.
///
/// What cannot be read, or does not fit together, changes nothing: the last good state stays in use. So it
/// does when the files name another server, because that is no place to send this one's credentials to.
class identity
{
public:
    /// Reads the configuration anew; empty where it is fixed.
    using loader = std::function<result<cluster_config>()>;

    /// \par Errors what the TLS material of `config` is refused for.
    static result<std::unique_ptr<identity>> make(
        asio::any_io_executor executor, cluster_config config, loader load, identity_options options
    );
    identity(identity const&) = delete;
    identity& operator=(identity const&) = delete;

    cluster_config const& config() const { return config_; }

    /// For new connections. Another object whenever the CA or the client certificate is another one.
    std::shared_ptr<asio::ssl::context> const& tls() const { return tls_; }

    /// The bearer token to send now, or empty.
    std::string const& token() const;

    /// Another number whenever anything changed.
    std::uint64_t generation() const { return generation_; }

    /// Whether there is an exec plugin and nothing of it that is valid at `now`: then `obtain` first.
    bool lacks_credential(std::chrono::system_clock::time_point now) const;

    /// Runs the exec plugin, or waits for the run that is under way.
    /// \par Errors `errc::no_credential` where there is still none; one that has expired is kept and no
    /// error.
    task<result<void>> obtain();

    /// After a 401: reads the files and, where they hold nothing new, runs the exec plugin. All who were
    /// refused with the same generation share one attempt. \return whether there is something else than
    /// `refused` now.
    task<bool> renew(std::uint64_t refused);

    using steady_time = std::chrono::steady_clock::time_point;

    /// Reads the files again where they changed, or were read `reread_interval` ago.
    void look(steady_time now);

    /// The same after `demand_interval`: the server refused what they held.
    void read_on_demand(steady_time now);

    /// Looks at the files and at the credential's expiry again and again, renews what is old, and logs
    /// whatever is renewed here or elsewhere. Never ends. \par Cancellation terminal.
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
    std::string take_config(cluster_config fresh);
    task<void> run_plugin();
    void take_outcome(exec_plugin const& of, result<exec_credential> outcome);
    std::string take(cluster_config config, exec_credential credential);
    bool is_due(system_time now) const;
    steady_time next_look() const;

    loader load_;
    identity_options options_;
    cluster_config config_;
    exec_credential credential_;  ///< of the exec plugin
    std::shared_ptr<asio::ssl::context> tls_;
    std::uint64_t generation_ = 0;

    steady_time read_at_;
    std::string files_problem_;  ///< why the last reading changed nothing; empty where it was good

    bool is_running_ = false;       ///< the exec plugin
    std::uint64_t runs_ = 0;        ///< of it that ended
    asio::steady_timer run_ended_;  ///< cancelled then
    steady_time next_run_{};
    system_time due_ = system_time::min();
    unsigned failures_ = 0;  ///< of it in a row
    std::string plugin_problem_;

    identity_change unreported_;
    notifier news_;
};

}  // namespace tcr::kube
