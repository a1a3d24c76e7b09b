// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fixture.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tcr::test
{

/// A fixture whose controller has webhooks that the API server calls. The case starts the controller. The
/// destructor stops the controller and removes the webhook configurations.
struct webhook_fixture : fixture
{
    webhook_fixture();
    ~webhook_fixture();

    /// Whether the controller's readiness probe succeeds.
    verdict is_ready();

    /// Waits until an account gets exactly these references at its creation. The API server learns of
    /// configurations, their caBundle and policies by its own watches.
    void wait_for_references_at_creation(std::string const& ns, std::vector<std::string> const& expected);

    /// A value of tcr_assistant_serviceaccounts_served_total; 0 if the value is missing.
    static double accounts_served(controller_process const& by, std::string const& when);
    double accounts_served(std::string const& when) { return accounts_served(controller, when); }

    /// Whether the watch of this controller has reported all accounts.
    verdict knows_all_accounts(controller_process const& replica);

    /// Bodies of a namespace, an account in it, and a pod of that account. A Helm chart creates them in this
    /// order, one immediately after another.
    static std::vector<cluster::named_body> tenant(
        std::string const& ns, std::map<std::string, std::string> const& labels = {}
    );

    /// Creates tenants. \return the number of pods that lack the reference
    std::size_t pods_without(
        std::string const& reference, std::size_t count, std::map<std::string, std::string> const& labels = {}
    );

    /// Deletes the namespaces PREFIX-0 to PREFIX-(count - 1), in which tenants were created. \return the
    /// number of their pods that lack the reference
    std::size_t remove_tenants(std::string const& prefix, std::size_t count, std::string const& reference);
};

}  // namespace tcr::test
