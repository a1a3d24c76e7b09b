// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Secret with the webhooks' certificate: its fields, request bodies and watched state.

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

/// Label of a Secret that we made and may overwrite.
inline constexpr std::string_view certificate_label = "tcr.tencentcloudcr.com/webhook-certificate";
inline constexpr std::string_view certificate_label_value = "self-made";

/// A server certificate with its key, PEM.
struct key_pair
{
    std::string certificate_pem;  ///< tls.crt: the server certificate, then its intermediates
    std::string key_pem;          ///< tls.key

    bool operator==(key_pair const&) const = default;
};

/// The Secret with the webhooks' certificate. Its `data` contains `current` and `ca_pem` under the names that
/// kubernetes.io/tls and cert-manager use (https://cert-manager.io/docs/usage/certificate/#target-secret),
/// and `next` under names of our own.
struct certificate_secret
{
    std::uint64_t resource_version = 0;
    bool is_ours = false;  ///< has our label, and is not cert-manager's

    /// Whether the Secret has cert-manager's annotation. If so, cert-manager writes the content, and the
    /// Secret may be blank until cert-manager has issued a certificate.
    bool is_cert_managers = false;

    key_pair current;
    key_pair next;       ///< the renewed pair, which later replaces `current`; may be empty
    std::string ca_pem;  ///< ca.crt: authorities of both pairs, and former authorities that have not expired

    /// Whether the Secret holds neither certificate nor key nor authority.
    bool is_blank() const { return current == key_pair() && next == key_pair() && ca_pem.empty(); }
};

/// Body of the POST that creates the Secret.
std::string create_body(std::string_view name, certificate_secret const& content);

/// Body of a merge patch that writes this content and our label. The API server refuses the patch if the
/// Secret's version is no longer `content.resource_version`.
std::string update_body(certificate_secret const& content);

/// Holds the Secret's state as a watch reports it.
class certificate_secret_reflector final : public kube::table_reader<certificate_secret, runtime::reflector>
{
public:
    /// Calls `on_change` when the Secret was read or deleted.
    explicit certificate_secret_reflector(std::function<void()> on_change);

    /// The Secret's last known state; nullopt if it does not exist.
    std::optional<certificate_secret> const& secret() const { return secret_; }

    /// Stores the Secret from the answer to one of our writes, unless a newer version is known.
    void put(certificate_secret seen);

    /// Resets to the initial state, without calling `on_change`.
    void forget();

    void on_object(kube::object_event event, kube::object_meta const& meta) override;

    /// Keeps the last readable state. An unreadable Secret in a list exists, so `end_list` does not report it
    /// as deleted.
    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override;
    void begin_list() override { freshness_.begin_list(); }
    void end_list(std::uint64_t resource_version) override;

private:
    void set(std::optional<certificate_secret> seen);

    std::function<void()> on_change_;
    std::optional<certificate_secret> secret_;
    runtime::object_freshness freshness_;  ///< recognizes outdated watch events and answers
};

}  // namespace tcr::admission
