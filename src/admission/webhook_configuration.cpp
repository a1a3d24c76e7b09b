// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/webhook_configuration.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace tcr::admission
{
namespace
{

namespace json = boost::json;

/// https://cert-manager.io/docs/concepts/ca-injector/
constexpr std::string_view injector_prefix = "cert-manager.io/inject-";

constexpr kube::field<webhook_configuration> configuration_fields[] = {
    // Only the keys of annotations matter. Their values may be long: Kubernetes allows 256 KiB for all
    // annotations of an object together.
    {"metadata.annotations.*",
     [](auto& seen, auto key, auto)
     { seen.is_injected = seen.is_injected || key.starts_with(injector_prefix); },
     kube::max_object_bytes},
    {.path = "webhooks[]", .open = [](auto& seen) { seen.hooks.emplace_back(); }},
    {"webhooks[].name", [](auto& seen, auto, auto text) { seen.hooks.back().name = text; }},
    {"webhooks[].clientConfig.caBundle",
     [](auto& seen, auto, auto text)
     { seen.hooks.back().ca_pem = base64_decode(text).value_or(std::string()); },
     kube::max_object_bytes},
};

}  // namespace

bool webhook_configuration::trusts(std::string const& ca_pem) const
{
    return is_injected || std::ranges::all_of(hooks, [&](auto const& each) { return each.ca_pem == ca_pem; });
}

std::string ca_bundle_patch(webhook_configuration const& configuration, std::string const& ca_pem)
{
    json::object const client{{"caBundle", base64_encode(ca_pem)}};
    json::array hooks;
    for (auto const& each : configuration.hooks)
        hooks.push_back(json::object({{"name", each.name}, {"clientConfig", client}}));
    json::object const metadata{{"resourceVersion", std::to_string(configuration.resource_version)}};
    return json::serialize(json::object({{"metadata", metadata}, {"webhooks", hooks}}));
}

webhook_configuration_reflector::webhook_configuration_reflector(std::function<void()> on_change)
    : table_reader(configuration_fields), on_change_(std::move(on_change))
{
}

void webhook_configuration_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    is_listed_ = true;
    if (event == kube::object_event::deleted)
        return set(std::nullopt);
    values_.name = meta.name;
    values_.resource_version = meta.resource_version;
    set(std::move(values_));
}

void webhook_configuration_reflector::end_list(std::uint64_t)
{
    if (!is_listed_)
        set(std::nullopt);
}

void webhook_configuration_reflector::set(std::optional<webhook_configuration> seen)
{
    configuration_ = std::move(seen);
    on_change_();
}

}  // namespace tcr::admission
