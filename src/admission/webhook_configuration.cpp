#include <tcr/admission/webhook_configuration.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace tcr::admission
{
namespace
{

namespace json = boost::json;

enum configuration_field : int
{
    annotation,
    hook,
    hook_name,
    hook_bundle
};

/// https://cert-manager.io/docs/concepts/ca-injector/
constexpr std::string_view injector_prefix = "cert-manager.io/inject-";

}  // namespace

bool webhook_configuration::trusts(std::string const& ca_pem) const
{
    return is_injected ||
           std::all_of(hooks.begin(), hooks.end(), [&](auto const& each) { return each.ca_pem == ca_pem; });
}

std::string ca_bundle_patch(webhook_configuration const& configuration, std::string const& ca_pem)
{
    json::array hooks;
    for (auto const& each : configuration.hooks)
    {
        json::object client;
        client["caBundle"] = base64_encode(ca_pem);
        json::object change;
        change["name"] = each.name;
        change["clientConfig"] = std::move(client);
        hooks.push_back(std::move(change));
    }
    json::object metadata;
    metadata["resourceVersion"] = std::to_string(configuration.resource_version);
    json::object body;
    body["metadata"] = std::move(metadata);
    body["webhooks"] = std::move(hooks);
    return json::serialize(body);
}

std::vector<kube::skim_path> webhook_configuration_reflector::paths() const
{
    return {
        // Of annotations only the keys count; all together they have at most 256 KiB.
        {annotation, {"metadata", "annotations", "*"}, false, kube::max_object_bytes},
        {hook, {"webhooks", "[]"}},
        {hook_name, {"webhooks", "[]", "name"}},
        {hook_bundle, {"webhooks", "[]", "clientConfig", "caBundle"}, false, kube::max_object_bytes},
    };
}

void webhook_configuration_reflector::on_open(int field)
{
    if (field == hook)
        reading_.hooks.emplace_back();
}

void webhook_configuration_reflector::on_value(int field, std::string_view key, std::string_view text)
{
    if (field == annotation)
        reading_.is_injected = reading_.is_injected || key.starts_with(injector_prefix);
    else if (field == hook_name)
        reading_.hooks.back().name = text;
    else if (field == hook_bundle)
        reading_.hooks.back().ca_pem = base64_decode(text).value_or(std::string());
}

void webhook_configuration_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    is_listed_ = true;
    if (event == kube::object_event::deleted)
        return take(std::nullopt);
    reading_.name = meta.name;
    reading_.resource_version = meta.resource_version;
    take(std::move(reading_));
}

void webhook_configuration_reflector::end_list(std::uint64_t)
{
    if (!is_listed_)
        take(std::nullopt);
}

void webhook_configuration_reflector::take(std::optional<webhook_configuration> seen)
{
    configuration_ = std::move(seen);
    on_change_();
}

}  // namespace tcr::admission
