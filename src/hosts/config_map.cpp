// SPDX-License-Identifier: Apache-2.0
#include <tcr/hosts/config_map.hpp>
#include <tcr/kube/errc.hpp>

namespace tcr::hosts
{
namespace
{

constexpr kube::field<config_map_data> config_map_fields[] = {
    {{"data", config_map_key}, [](auto& data, auto, auto text) { data.text = text; }, kube::max_object_bytes},
    // Keep only whether other keys exist, not their values.
    {.path = "data.*", .piece = [](auto& data, auto, bool) { data.has_others = true; }},
    {.path = "binaryData.*", .piece = [](auto& data, auto, bool) { data.has_others = true; }},
};

}  // namespace

config_map_reflector::config_map_reflector(
    std::string ns, std::string name, std::function<void(result<hosts_config>)> on_config
)
    : table_reader(config_map_fields),
      ns_(std::move(ns)),
      name_(std::move(name)),
      on_config_(std::move(on_config))
{
}

/// Whether the object is our ConfigMap, in a version that is not outdated.
bool config_map_reflector::is_relevant(kube::object_event event, kube::object_meta const& meta)
{
    // A server that ignores our field selector would also deliver other ConfigMaps.
    if (meta.name != name_ || meta.ns != ns_)
        return false;
    return event == kube::object_event::listed ? freshness_.take_listed(meta.resource_version)
                                               : freshness_.take(meta.resource_version);
}

void config_map_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    if (!is_relevant(event, meta))
        return;
    exists_ = event != kube::object_event::deleted;
    on_config_(exists_ ? read() : result<hosts_config>(hosts_config()));
}

void config_map_reflector::on_unreadable(
    kube::object_event event, kube::object_meta const& meta, std::string_view problem
)
{
    if (!is_relevant(event, meta))
        return;
    exists_ = true;
    on_config_(error(
        kube::errc::bad_config, "ConfigMap " + ns_ + "/" + name_ + " cannot be read: " + std::string(problem)
    ));
}

void config_map_reflector::end_list(std::uint64_t resource_version)
{
    if (!freshness_.end_list(resource_version))
        return;
    exists_ = false;
    on_config_(hosts_config());
}

result<hosts_config> config_map_reflector::read() const
{
    auto const name = "ConfigMap " + ns_ + "/" + name_;
    if (values_.text)
        return parse_hosts_config(name + ", " + std::string(config_map_key), *values_.text);
    if (values_.has_others)
        return error(
            kube::errc::bad_config,
            name + " has other keys, but no key '" + std::string(config_map_key) +
                "'; write the hosts at that key, or remove its data"
        );
    return hosts_config();
}

}  // namespace tcr::hosts
