// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api_server.hpp"
#include "cluster_load.hpp"
#include "confined_controller.hpp"
#include "measured_interval.hpp"
#include "settings.hpp"
#include "webhook_caller.hpp"
#include <tcr/kube/client.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tcr::benchmark
{

/// The cluster, its desired state, and the controller that serves it.
class fixture
{
public:
    /// Does not start a controller. Throws if the kubeconfig cannot be used.
    explicit fixture(convergence_settings const& s);

    convergence_settings const& settings;
    asio::io_context loop{1};
    cluster_load cluster;
    api_server server;
    std::unique_ptr<kube::client> client;
    std::unique_ptr<confined_controller> controller;  ///< the running controller; null before the first start

    /// Starts a controller in its own control group. \return the previous controller
    std::unique_ptr<confined_controller> start_controller();

    /// Waits until the controller leads, the API server can call its webhooks, and the controller is idle.
    void wait_until_ready_and_idle();

    /// Creates a client that calls the webhooks without the API server. Requires `wait_until_ready_and_idle`.
    std::unique_ptr<webhook_caller> call_webhooks();

    /// Names of the ImagePullSecrets.
    std::vector<std::string> image_pull_secrets() const;

    /// The ImagePullSecret whose password is edited.
    std::string first_cr() const { return image_pull_secrets().front(); }

    /// The name of the Secrets of `first_cr`.
    std::string first_secret() const;

    /// The desired numbers of namespaces and of accounts. They are the same for each ImagePullSecret.
    std::size_t namespaces() const { return settings.namespaces + new_namespaces_; }
    std::size_t accounts() const { return settings.namespaces * settings.accounts + new_accounts_; }

    /// Adds objects to the desired numbers. Each added namespace has one account in addition to `accounts`.
    void expect_more(std::size_t namespaces, std::size_t accounts)
    {
        new_namespaces_ += namespaces;
        new_accounts_ += namespaces + accounts;
    }

    /// Creates the ImagePullSecrets.
    void create_image_pull_secrets();

    /// Changes the password of `first_cr`.
    void edit_password(std::string const& password);

    /// Records that another client changed the password of `first_cr`.
    void expect_password(std::string const& password) { first_password_ = password; }

    /// Waits until all Secrets and references exist with the current passwords, and then ends `work`. Throws
    /// after ten minutes.
    void wait_until_served(measured_interval& work);

    /// Waits like `wait_until_served`, but only by checks: the end of the work was already measured.
    void require_served();

private:
    bool is_served();
    void check_until_served(std::function<void()> on_check_failed);

    std::string first_password_;
    std::size_t new_namespaces_ = 0;
    std::size_t new_accounts_ = 0;
    unsigned controllers_ = 0;
};

}  // namespace tcr::benchmark
