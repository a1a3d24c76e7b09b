#pragma once

#include "api_server.hpp"
#include "cluster_load.hpp"
#include "confined_controller.hpp"
#include "settings.hpp"
#include "stretch.hpp"
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

/// The cluster, what it should look like, and the controller that is to see to that.
class fixture
{
public:
    /// Nothing runs yet. Throws where the kubeconfig cannot be used.
    explicit fixture(convergence_settings const& s);

    convergence_settings const& settings;
    asio::io_context loop{1};
    cluster_load cluster;
    api_server server;
    std::unique_ptr<kube::client> client;
    std::unique_ptr<confined_controller> controller;  ///< the one that runs

    /// Starts one, in a control group of its own. \return the one that was there.
    std::unique_ptr<confined_controller> start_controller();

    /// Waits until it leads, has nothing to do, and the API server can call its webhooks.
    void wait_until_at_rest();

    /// To call the webhooks without the API server. The controller must have been at rest.
    std::unique_ptr<webhook_caller> call_webhooks();

    /// Names of the ImagePullSecrets.
    std::vector<std::string> crs() const;

    /// The one whose password is edited.
    std::string first_cr() const { return crs().front(); }

    /// The Secret that it becomes.
    std::string first_secret() const;

    /// All that should be there for each ImagePullSecret.
    std::size_t namespaces() const { return settings.namespaces + born_namespaces_; }
    std::size_t accounts() const { return settings.namespaces * settings.accounts + born_accounts_; }

    /// So many more. A namespace has one account.
    void note_births(std::size_t namespaces, std::size_t accounts)
    {
        born_namespaces_ += namespaces;
        born_accounts_ += namespaces + accounts;
    }

    /// Makes the ImagePullSecrets.
    void create_crs();

    /// Gives the first one another password.
    void edit_password(std::string const& password);

    /// Somebody else has done so.
    void note_password(std::string const& password) { first_password_ = password; }

    /// Waits until all Secrets and references are there, with the present passwords, and ends `work` then.
    /// Throws where that takes more than ten minutes.
    void wait_until_served(stretch& work);

    /// The same after some work whose end is known.
    void require_served();

private:
    bool is_served();
    void look_until_served(std::function<void()> look_failed);

    std::string first_password_;
    std::size_t born_namespaces_ = 0;
    std::size_t born_accounts_ = 0;
    unsigned controllers_ = 0;
};

}  // namespace tcr::benchmark
