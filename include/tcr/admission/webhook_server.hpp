// SPDX-License-Identifier: Apache-2.0
#pragma once

// The HTTPS server of the two webhooks.

#include <tcr/admission/certificate_manager.hpp>
#include <tcr/admission/image_pull_secret_webhook.hpp>
#include <tcr/admission/service_account_webhook.hpp>
#include <tcr/net/http_server.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tcr::admission
{

struct webhook_server_options
{
    std::string ns;                        ///< namespace of the certificate's Secret and of the Service
    std::vector<std::string> extra_names;  ///< more names by which API servers call the webhooks
    std::chrono::seconds certificate_life = certificate_policy().life;
    runtime::watcher_options watching;
};

/// Serves the two webhooks over TLS and manages their certificate.
class webhook_server
{
public:
    /// `is_synced` returns whether `catalog` and `store` hold the whole cluster. All referenced objects must
    /// outlive the server.
    webhook_server(
        asio::any_io_executor executor,
        kube::client& client,
        runtime::fenced_client& writes,
        controller::catalog const& catalog,
        runtime::cluster_store const& store,
        std::function<bool()> is_synced,
        webhook_server_options options,
        logger& log
    );

    /// Binds the address. The caller must call `listen` before `run`. \par Errors the same as
    /// `net::http_server::listen`.
    result<void> listen(net::bind_address const& address);

    /// Serves the webhooks and watches the certificate's Secret, until cancelled. \par Cancellation terminal.
    task<void> run();

    /// The leader's work: writes the Secret and both webhook configurations. \par Cancellation terminal.
    task<void> lead() { return certificate_.lead(); }

    // Parts whose state the metrics and health checks show.
    certificate_manager const& certificate() const { return certificate_; }
    image_pull_secret_webhook const& validating() const { return validating_; }
    service_account_webhook const& mutating() const { return mutating_; }

private:
    net::http_router routes();

    asio::any_io_executor executor_;
    logger& log_;
    certificate_manager certificate_;
    image_pull_secret_webhook validating_;
    service_account_webhook mutating_;
    std::unique_ptr<net::http_server> server_;
};

}  // namespace tcr::admission
