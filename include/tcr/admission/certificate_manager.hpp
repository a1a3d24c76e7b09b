// SPDX-License-Identifier: Apache-2.0
#pragma once

// Serves and renews the webhooks' certificate, and makes API servers trust it.

#include <tcr/admission/certificate_plan.hpp>
#include <tcr/admission/certificate_secret.hpp>
#include <tcr/admission/webhook_configuration.hpp>
#include <tcr/kube/client.hpp>
#include <tcr/log/logger.hpp>
#include <tcr/log/reported_failures.hpp>
#include <tcr/runtime/fenced_client.hpp>
#include <tcr/runtime/reconcile_loop.hpp>
#include <tcr/runtime/watcher.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/contention_backoff.hpp>

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::admission
{

// Names of the webhooks' objects in the cluster.
inline constexpr std::string_view certificate_secret_name = "tcr-assistant-webhook-server-cert";
inline constexpr std::string_view webhook_service_name = "tcr-assistant-webhook-service";
inline constexpr std::string_view validating_configuration_name =
    "tcr-assistant-validating-webhook-configuration";
inline constexpr std::string_view mutating_configuration_name =
    "tcr-assistant-mutating-webhook-configuration";

/// DNS names of the webhooks' Service in namespace `ns`, then `extra`.
std::vector<std::string> webhook_names(std::string const& ns, std::vector<std::string> const& extra);

/// Serves the webhooks' certificate, renews it and makes API servers trust it. Every replica reads the Secret
/// `certificate_secret_name` and serves the certificate in it. The leader creates and renews the certificate,
/// and writes the Secret's CA bundle to both webhook configurations.
///
/// So that no call fails during a renewal, the leader renews in three steps:
/// - It writes the next certificate beside the current one, and adds the authority of the next certificate to
///   both configurations.
/// - It makes the next certificate the current one when API servers have had time to receive that authority,
///   at the latest shortly before the current certificate expires.
/// - It keeps the former authority in the bundle until that authority expires.
///
/// If the Secret is not ours, for example cert-manager's, all replicas serve its certificate, and the leader
/// does not write the Secret. Exception: if such a Secret is empty and not cert-manager's, the leader writes
/// a new certificate into it.
class certificate_manager
{
public:
    /// `client`, `writes` and `log` must outlive the manager.
    certificate_manager(
        asio::any_io_executor executor,
        kube::client& client,
        runtime::fenced_client& writes,
        std::string ns,
        certificate_policy policy,
        runtime::watcher_options watching,
        logger& log
    );

    /// Watches the Secret until cancelled. \par Cancellation terminal.
    task<void> watch() { return secret_watcher_.run(); }

    /// Does the leader's work until cancelled. After it has ended, the caller may call `lead` again.
    /// \par Cancellation terminal.
    task<void> lead();

    /// TLS context for new connections, with the newest usable certificate; null until one is known.
    std::shared_ptr<asio::ssl::context> context() const { return context_; }

    /// Why API servers cannot call the webhooks: there is no certificate yet, or the served certificate has
    /// expired. Empty otherwise.
    std::string problem(std::chrono::system_clock::time_point now) const;

    /// Expiry of the served certificate; nullopt until a certificate is served.
    std::optional<std::chrono::system_clock::time_point> expires_at() const { return expires_at_; }

    runtime::watcher const& secret_watcher() const { return secret_watcher_; }

private:
    using system_time = std::chrono::system_clock::time_point;

    /// One webhook configuration, its watch, and the state of our writes to it.
    struct configuration
    {
        configuration(
            certificate_manager& owner,
            kube::client& client,
            runtime::watcher_options watching,
            std::string plural,
            std::string_view name
        );

        kube::resource type;
        webhook_configuration_reflector reflector;
        runtime::watcher watcher;
        std::string written_bundle;  ///< the bundle in our last write, even if the write failed
        contention_backoff contention;
    };

    void serve_current();
    task<runtime::next_reconcile> reconcile();
    task<void> take_step();
    task<void> write(certificate_step step);
    task<void> repair(configuration& target, std::string ca_pem);
    std::optional<std::string> desired_bundle() const;
    void update_trust(system_time now);
    std::chrono::milliseconds schedule_retry();
    void warn_once(
        std::string const& subject,
        std::string const& message,
        std::string const& cause,
        std::optional<std::chrono::milliseconds> retry_in = {}
    );
    double random() { return std::uniform_real_distribution<>()(random_); }

    asio::any_io_executor executor_;
    std::string ns_;
    certificate_policy policy_;
    logger& log_;
    runtime::fenced_client& writes_;
    runtime::reconcile_loop loop_;
    certificate_secret_reflector secret_;

    /// Reads the answers to our writes. `secret_` cannot read them, because it may have read only a part of a
    /// watch event.
    certificate_secret_reflector answer_reflector_;

    kube::single_object_decoder answer_decoder_;
    runtime::quarantine quarantine_;
    runtime::watcher secret_watcher_;
    configuration validating_;
    configuration mutating_;

    std::shared_ptr<asio::ssl::context> context_;
    key_pair served_;
    std::optional<system_time> expires_at_;
    std::optional<certificate_secret> last_good_;  ///< the Secret when it was last ours and usable
    std::optional<system_time> trusted_since_;
    std::string trusted_bundle_;

    bool is_usable_ = false;         ///< whether the Secret's certificate is usable, apart from its dates
    contention_backoff contention_;  ///< delays repairs of the Secret
    unsigned failures_ = 0;
    std::chrono::steady_clock::time_point next_attempt_{};
    std::chrono::steady_clock::time_point next_check_{};
    reported_failures reported_;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace tcr::admission
