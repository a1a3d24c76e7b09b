#pragma once

#include <tcr/hosts/hosts_config.hpp>
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

/// Follows one ConfigMap and says what it asks for.
class config_map_reflector final : public runtime::reflector
{
public:
    /// `on_wish` is called when it is another one, or gone. One that is gone or holds no data at all asks for nothing; one
    /// that has data, but not at our key, is an error, as what `parse_hosts_config` refuses. That it is gone is known from a
    /// complete list or a DELETED event alone: an outage or a refusal never gets here.
    config_map_reflector(std::string ns, std::string name, std::function<void(result<hosts_config>)> on_wish)
        : ns_(std::move(ns)), name_(std::move(name)), on_wish_(std::move(on_wish))
    {
    }

    /// Whether it was there when it was last heard of.
    bool is_there() const { return is_there_; }

    std::vector<kube::skim_path> paths() const override;
    void begin_object() override;
    void on_value(int field, std::string_view key, std::string_view text) override;
    void on_piece(int field, std::string_view piece, bool last) override;
    void on_object(kube::object_event event, kube::object_meta const& meta) override;
    void begin_list() override { is_listed_ = false; }
    void end_list(std::uint64_t resource_version) override;
    void on_rewind() override { newest_ = 0; }

private:
    bool is_news(std::uint64_t resource_version);
    result<hosts_config> read() const;

    std::string ns_;
    std::string name_;
    std::function<void(result<hosts_config>)> on_wish_;
    std::optional<std::string> text_;  ///< of the object being read
    bool has_others_ = false;
    std::uint64_t newest_ = 0;
    bool is_there_ = false;
    bool is_listed_ = false;
};

}  // namespace tcr::hosts
