// SPDX-License-Identifier: Apache-2.0
#include <tcr/admission/certificate_secret.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

namespace tcr::admission
{
namespace
{

namespace json = boost::json;

/// https://cert-manager.io/docs/reference/annotations/
constexpr std::string_view cert_manager_annotation = "cert-manager.io/certificate-name";

constexpr std::string_view ca_name = "ca.crt";
constexpr std::string_view certificate_name = "tls.crt";
constexpr std::string_view key_name = "tls.key";
constexpr std::string_view next_certificate_name = "next-tls.crt";
constexpr std::string_view next_key_name = "next-tls.key";

/// Decodes base64; empty if the text is invalid. The API server accepts only base64 in `data`.
std::string decoded(std::string_view text)
{
    return base64_decode(text).value_or(std::string());
}

constexpr kube::field<certificate_secret> certificate_fields[] = {
    {{"metadata.labels", certificate_label},
     [](auto& secret, auto, auto text) { secret.is_ours = text == certificate_label_value; }},
    {{"metadata.annotations", cert_manager_annotation},
     [](auto& secret, auto, auto) { secret.is_cert_managers = true; }},
    {{"data", ca_name},
     [](auto& secret, auto, auto text) { secret.ca_pem = decoded(text); },
     kube::max_object_bytes},
    {{"data", certificate_name},
     [](auto& secret, auto, auto text) { secret.current.certificate_pem = decoded(text); },
     kube::max_object_bytes},
    {{"data", key_name},
     [](auto& secret, auto, auto text) { secret.current.key_pem = decoded(text); },
     kube::max_object_bytes},
    {{"data", next_certificate_name},
     [](auto& secret, auto, auto text) { secret.next.certificate_pem = decoded(text); },
     kube::max_object_bytes},
    {{"data", next_key_name},
     [](auto& secret, auto, auto text) { secret.next.key_pem = decoded(text); },
     kube::max_object_bytes},
};

/// The members that both request bodies share: `data`, and `metadata` without name and version.
json::object body_of(certificate_secret const& content, bool is_patch)
{
    json::object labels;
    labels[certificate_label] = certificate_label_value;
    labels["app.kubernetes.io/name"] = "tcr-assistant";
    labels["app.kubernetes.io/part-of"] = "tcr-assistant";
    json::object data;
    auto const put = [&](std::string_view name, std::string const& text, bool is_optional)
    {
        // In a merge patch, null removes the key (RFC 7396). A POST must not contain null.
        if (!text.empty() || !is_optional)
            data[name] = base64_encode(text);
        else if (is_patch)
            data[name] = nullptr;
    };
    put(ca_name, content.ca_pem, false);
    put(certificate_name, content.current.certificate_pem, false);
    put(key_name, content.current.key_pem, false);
    put(next_certificate_name, content.next.certificate_pem, true);
    put(next_key_name, content.next.key_pem, true);
    return {{"metadata", json::object({{"labels", labels}})}, {"data", data}};
}

}  // namespace

std::string create_body(std::string_view name, certificate_secret const& content)
{
    auto body = body_of(content, false);
    body["apiVersion"] = "v1";
    body["kind"] = "Secret";
    body["type"] = "kubernetes.io/tls";
    body["metadata"].as_object()["name"] = name;
    return json::serialize(body);
}

std::string update_body(certificate_secret const& content)
{
    auto body = body_of(content, true);
    body["metadata"].as_object()["resourceVersion"] = std::to_string(content.resource_version);
    return json::serialize(body);
}

certificate_secret_reflector::certificate_secret_reflector(std::function<void()> on_change)
    : table_reader(certificate_fields), on_change_(std::move(on_change))
{
}

void certificate_secret_reflector::on_object(kube::object_event event, kube::object_meta const& meta)
{
    bool const is_taken = event == kube::object_event::listed ? freshness_.take_listed(meta.resource_version)
                                                              : freshness_.take(meta.resource_version);
    if (!is_taken)
        return;
    if (event == kube::object_event::deleted)
        return set(std::nullopt);
    values_.resource_version = meta.resource_version;
    values_.is_ours = values_.is_ours && !values_.is_cert_managers;
    set(std::move(values_));
}

void certificate_secret_reflector::on_unreadable(
    kube::object_event event, kube::object_meta const& meta, std::string_view
)
{
    if (event == kube::object_event::listed)
        freshness_.take_listed(meta.resource_version);
}

void certificate_secret_reflector::end_list(std::uint64_t resource_version)
{
    if (freshness_.end_list(resource_version))
        set(std::nullopt);
}

void certificate_secret_reflector::put(certificate_secret seen)
{
    if (freshness_.take(seen.resource_version))
        set(std::move(seen));
}

void certificate_secret_reflector::forget()
{
    freshness_ = {};
    secret_.reset();
}

void certificate_secret_reflector::set(std::optional<certificate_secret> seen)
{
    secret_ = std::move(seen);
    on_change_();
}

}  // namespace tcr::admission
