// SPDX-License-Identifier: Apache-2.0
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

/// Key of the configuration in the ConfigMap's data. The key that the original add-on uses is not public.
inline constexpr std::string_view config_map_key = "hosts.yaml";

/// The fields that are read from a ConfigMap.
struct config_map_data
{
    std::optional<std::string> text;  ///< the value of `config_map_key`
    bool has_others = false;          ///< the ConfigMap has a key other than `config_map_key`
};

/// Follows one ConfigMap and reports the configuration in it.
class config_map_reflector final : public kube::table_reader<config_map_data, runtime::reflector>
{
public:
    /// Calls `on_config` for each list and each watch event that is not outdated, even if nothing changed.
    /// What `on_config` gets:
    /// - If the data has `config_map_key`, the result of `parse_hosts_config`.
    /// - If the data has only other keys, an error.
    /// - If the ConfigMap does not exist or has no data, a configuration without entries.
    ///
    /// Only a complete list or a DELETED event shows that the ConfigMap does not exist; an outage or a
    /// refused request does not.
    config_map_reflector(
        std::string ns, std::string name, std::function<void(result<hosts_config>)> on_config
    );

    /// Whether the ConfigMap existed at the last call of `on_config`.
    bool exists() const { return exists_; }

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// Calls `on_config` with an error.
    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override;
    void begin_list() override { freshness_.begin_list(); }
    void end_list(std::uint64_t resource_version) override;

private:
    bool is_relevant(kube::object_event event, kube::object_meta const& meta);
    result<hosts_config> read() const;

    std::string ns_;
    std::string name_;
    std::function<void(result<hosts_config>)> on_config_;
    runtime::object_freshness freshness_;
    bool exists_ = false;
};

}  // namespace tcr::hosts
