#pragma once

// The two webhook configurations: their fields, the patch of caBundle, and the watched state.

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

/// The fields that we need of a ValidatingWebhookConfiguration or MutatingWebhookConfiguration.
struct webhook_configuration
{
    /// One of its webhooks.
    struct hook
    {
        std::string name;
        std::string ca_pem;  ///< clientConfig.caBundle; empty: the API server's own roots
    };

    std::string name;
    std::uint64_t resource_version = 0;
    bool is_injected = false;  ///< cert-manager's cainjector writes its caBundle: we must not
    std::vector<hook> hooks;

    /// Whether each webhook names exactly these authorities, or cainjector writes them.
    bool trusts(std::string const& ca_pem) const;
};

/// Body of a strategic merge patch that writes these authorities into all webhooks, merged by name, and
/// nothing else. The API server refuses it if the configuration no longer has its `resource_version`.
std::string ca_bundle_patch(webhook_configuration const& configuration, std::string const& ca_pem);

/// Keeps the watched state of one configuration.
class webhook_configuration_reflector final
    : public kube::table_reader<webhook_configuration, runtime::reflector>
{
public:
    /// `on_change` is called when the configuration was read or deleted.
    explicit webhook_configuration_reflector(std::function<void()> on_change);

    /// The configuration as last seen; none if it is not installed.
    std::optional<webhook_configuration> const& configuration() const { return configuration_; }

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// Keeps the last readable state.
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
