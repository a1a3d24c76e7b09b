#pragma once

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

/// The key of the ConfigMap's data that holds the configuration. The original's is not public (tcr.md 1.6).
inline constexpr std::string_view config_map_key = "hosts.yaml";

/// What counts of a ConfigMap's data.
struct config_map_data
{
    std::optional<std::string> text;  ///< at our key
    bool has_others = false;          ///< other keys
};

/// Follows one ConfigMap and says what it asks for.
class config_map_reflector final : public kube::table_reader<config_map_data, runtime::reflector>
{
public:
    /// `on_wish` is called when the ConfigMap arrives in a newer version, and when it is gone. A ConfigMap
    /// that is gone, has no data, or has only blanks at our key asks for nothing. One that has data, but none
    /// at our key, is an error, and so is one that `parse_hosts_config` refuses. Only a complete list or a
    /// DELETED event says that it is gone; an outage or a refusal does not.
    config_map_reflector(std::string ns, std::string name, std::function<void(result<hosts_config>)> on_wish);

    /// Whether it was there when it was last heard of.
    bool is_there() const { return is_there_; }

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// An error, as what `parse_hosts_config` refuses.
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
