#pragma once

// Follows the ConfigMap that holds the configuration of the node agent.

#include <tcr/hosts/hosts_config.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/runtime/object_freshness.hpp>
#include <tcr/runtime/reflector.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tcr::hosts
{

/// The key of the configuration in the ConfigMap's data. The original's key is not public (tcr.md 1.6).
inline constexpr std::string_view config_map_key = "hosts.yaml";

/// What is kept of a ConfigMap's data.
struct config_map_data
{
    std::optional<std::string> text;  ///< the value of our key
    bool has_others = false;          ///< there are other keys
};

/// Follows one ConfigMap and reports the configuration in it.
class config_map_reflector final : public kube::table_reader<config_map_data, runtime::reflector>
{
public:
    /// `on_wish` is called when the ConfigMap arrives in a newer version, and when it is deleted. A ConfigMap
    /// that is deleted or has no data asks for nothing. One with data, but none at our key, is an error, and
    /// so is one that `parse_hosts_config` refuses, such as blanks alone. Only a complete list or a DELETED
    /// event shows that it is deleted; an outage or a refusal does not.
    config_map_reflector(std::string ns, std::string name, std::function<void(result<hosts_config>)> on_wish);

    /// Whether the ConfigMap existed at the last report.
    bool is_there() const { return is_there_; }

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// Reports an error, as for a text that `parse_hosts_config` refuses.
    void on_unreadable(
        kube::object_event event, kube::object_meta const& meta, std::string_view problem
    ) override;
    void begin_list() override { freshness_.begin_list(); }
    void end_list(std::uint64_t resource_version) override;

private:
    result<hosts_config> read() const;

    std::string ns_;
    std::string name_;
    std::function<void(result<hosts_config>)> on_wish_;
    runtime::object_freshness freshness_;
    bool is_there_ = false;
};

}  // namespace tcr::hosts
