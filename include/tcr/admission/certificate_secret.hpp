#pragma once

#include <tcr/kube/field_table.hpp>
#include <tcr/runtime/object_freshness.hpp>
#include <tcr/runtime/reflector.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tcr::admission
{

/// The label of a Secret that we made, and may make anew.
inline constexpr std::string_view certificate_label = "tcr.tencentcloudcr.com/webhook-certificate";
inline constexpr std::string_view certificate_label_value = "self-made";

/// A server certificate with its key, PEM.
struct key_pair
{
    std::string certificate_pem;  ///< tls.crt: the server's own, then its intermediates
    std::string key_pem;          ///< tls.key

    bool operator==(key_pair const&) const = default;
};

/// The Secret with the webhooks' certificate, in the keys of kubernetes.io/tls and those of cert-manager
/// (https://cert-manager.io/docs/usage/certificate/#target-secret); the keys of the next one are our own.
struct certificate_secret
{
    std::uint64_t resource_version = 0;
    bool is_ours = false;           ///< bears our label, and cert-manager does not write it
    bool is_cert_managers = false;  ///< its owner is at work, even where it is empty
    key_pair present;
    key_pair next;       ///< to be served once its authority is known to all callers; empty: none
    std::string ca_pem;  ///< ca.crt: the authorities to trust, of both pairs

    /// Holds nothing of anybody's.
    bool is_blank() const { return present == key_pair() && next == key_pair() && ca_pem.empty(); }
};

/// Body of the POST that makes it.
std::string create_body(std::string_view name, certificate_secret const& content);

/// Body of a merge patch that gives it this content and our label, if it still has the `resource_version` of
/// `content`.
std::string update_body(certificate_secret const& content);

/// Follows that one Secret.
class certificate_secret_reflector final : public kube::table_reader<certificate_secret, runtime::reflector>
{
public:
    /// `on_change` is called when it is another, or gone.
    explicit certificate_secret_reflector(std::function<void()> on_change);

    /// As seen last, or none.
    std::optional<certificate_secret> const& secret() const { return secret_; }

    /// Takes over what the answer to a write of ours says.
    void learn(certificate_secret seen);

    /// As if nothing had been seen yet.
    void forget();

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// It stays as it was last read.
    void on_unreadable(
        kube::object_event event, kube::object_meta const& meta, std::string_view problem
    ) override;
    void begin_list() override { freshness_.begin_list(); }
    void end_list(std::uint64_t resource_version) override;

private:
    void set(std::optional<certificate_secret> seen);

    std::function<void()> on_change_;
    std::optional<certificate_secret> secret_;
    runtime::object_freshness freshness_;  ///< the watch may report late what an answer reported before
};

}  // namespace tcr::admission
