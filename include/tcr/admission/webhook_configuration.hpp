// SPDX-License-Identifier: Apache-2.0
#pragma once

// The two webhook configurations: their fields, the patch of caBundle, and their watched state.

#include <tcr/kube/field_table.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/runtime/reflector.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tcr::admission
{

/// The fields of a ValidatingWebhookConfiguration or MutatingWebhookConfiguration that we need.
struct webhook_configuration
{
    /// A webhook in the configuration.
    struct hook
    {
        std::string name;
        std::string ca_pem;  ///< clientConfig.caBundle; empty: API servers trust their system's authorities
    };

    std::string name;
    std::uint64_t resource_version = 0;
    bool is_injected = false;  ///< cert-manager's cainjector writes caBundle, so we do not
    std::vector<hook> hooks;

    /// Whether the caBundle of each webhook equals `ca_pem`. Also true if cainjector writes caBundle.
    bool trusts(std::string const& ca_pem) const;
};

/// Body of a strategic merge patch that sets the caBundle of all webhooks, and nothing else. The API server
/// finds the webhooks by their names. It refuses the patch if the configuration's version is no longer
/// `configuration.resource_version`.
std::string ca_bundle_patch(webhook_configuration const& configuration, std::string const& ca_pem);

/// Holds the state of one configuration as a watch reports it.
class webhook_configuration_reflector final
    : public kube::table_reader<webhook_configuration, runtime::reflector>
{
public:
    /// Calls `on_change` when the configuration was read or deleted.
    explicit webhook_configuration_reflector(std::function<void()> on_change);

    /// The configuration's last known state; nullopt if it is not installed.
    std::optional<webhook_configuration> const& configuration() const { return configuration_; }

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// Keeps the last readable state. An unreadable configuration in a list exists, so `end_list` does not
    /// report it as deleted.
    void on_unreadable(kube::object_event, kube::object_meta const&, std::string_view) override
    {
        is_listed_ = true;
    }
    void begin_list() override { is_listed_ = false; }
    void end_list(std::uint64_t resource_version) override;

private:
    void set(std::optional<webhook_configuration> seen);

    std::function<void()> on_change_;
    std::optional<webhook_configuration> configuration_;
    bool is_listed_ = false;
};

}  // namespace tcr::admission
