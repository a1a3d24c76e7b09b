// SPDX-License-Identifier: Apache-2.0
#pragma once

// The credentials in Secrets of the controller's own namespace, as a watch reports these Secrets.

#include <tcr/credentials/login.hpp>
#include <tcr/credentials/stored_token.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/runtime/reflector.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcr::credentials
{

/// Label of the Secrets in the controller's own namespace that hold credentials. The controller takes
/// credentials only from Secrets with this label. Without this restriction, a user with permission to write
/// ImagePullSecrets could distribute any Secret of the controller's namespace.
inline constexpr std::string_view credential_label = "tcr.tencentcloudcr.com/credential";
inline constexpr std::string_view user_label_value = "true";    ///< a Secret that a user wrote
inline constexpr std::string_view token_label_value = "token";  ///< a Secret that the token refresher wrote

/// Max length of a password in bytes. deploy/base/crd.yaml limits a password in an ImagePullSecret to the
/// same number of characters.
inline constexpr std::size_t max_password_bytes = 16'384;

/// Selects the Secrets in `own_namespace` that hold credentials.
kube::selection credential_selection(std::string const& own_namespace);

/// Rules for all tokens of TCR instances.
struct token_rules
{
    std::vector<std::string> instances;        ///< IDs of the instances that may have tokens; empty: all
    std::vector<std::string> server_suffixes;  ///< a token may also be sent to hosts with these suffixes
};

/// The fields that are read from a Secret that `credential_selection` selects.
struct credential_content
{
    std::string label;
    std::string type;
    std::map<std::string, std::string> data;  ///< decoded values by key
    std::set<std::string> too_long;           ///< keys whose values are too long; these values are not kept

    bool has(std::string const& key) const { return data.contains(key) || too_long.contains(key); }
};

/// Holds in memory the content of the Secrets that `credential_selection` selects, as a watch reports them.
///
/// A list replaces the content in memory, even if the listed versions are lower: they may be lower after a
/// restore of etcd. Tokens are an exception. If a list lacks the Secret of a token, or if the listed Secret
/// contains an older token, the token in memory stays. The token refresher then writes this token into the
/// Secret again.
class credential_secrets final : public kube::table_reader<credential_content, runtime::reflector>
{
public:
    /// Calls `on_change` when a list or a watch event may have changed the content in memory, or has shown
    /// that a token must be written. `own_namespace` is for messages.
    credential_secrets(std::string own_namespace, token_rules rules, std::function<void()> on_change);

    /// The credential with the password that a reference names, or the reason why there is none. Removes one
    /// trailing line break of the password (`without_line_break`).
    resolution password_login(password_reference const& wanted, std::string server, std::string username)
        const;

    /// The credential with the `auths` of the dockerconfigjson that a reference names, or the reason why
    /// there is none.
    resolution docker_config(config_reference const& wanted) const;

    /// The token in memory for a reference, or null.
    stored_token const* token(token_reference const& wanted) const;

    /// Whether the rules allow a token for a reference.
    bool is_allowed(token_reference const& wanted) const;

    /// Whether the token may be sent to all of these servers.
    bool may_go_to_all(stored_token const& token, std::set<std::string> const& servers) const;

    /// The credential for `server` with the token for a reference, or the reason why there is none.
    resolution token_login(token_reference const& wanted, std::string const& server) const;

    /// Puts a new token, or a token whose servers changed, into memory. Does not write its Secret.
    void put(stored_token token);

    /// Sets the known version of a token's Secret, from the answer to a write of this Secret. 0: the next
    /// write succeeds at any version.
    void set_version(token_reference const& of, std::uint64_t resource_version);

    /// Copies from `present`, the result of a list: the users' Secrets and the tokens that are missing in
    /// memory, the users' Secrets with a higher version than in memory, and the tokens with a later
    /// `minted_at`. \return whether at least one was copied.
    bool merge_newer(credential_secrets const& present);

    // runtime::reflector
    void on_object(kube::object_event event, kube::object_meta const& meta) override;
    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override;
    void begin_list() override;
    void end_list(std::uint64_t resource_version) override;

private:
    /// A Secret that a user wrote, with passwords or a dockerconfigjson.
    struct user_secret : credential_content
    {
        std::uint64_t resource_version = 0;
    };

    /// The value of a key of a user's Secret, without one trailing line break. If the Secret or the value is
    /// missing, or the value is empty or longer than `max_bytes`, returns nullopt and a resolution with the
    /// reason.
    std::pair<std::optional<std::string_view>, resolution> find_value(
        std::string const& name, std::string const& key, std::size_t max_bytes
    ) const;

    /// "Secret NAMESPACE/NAME", for messages.
    std::string shown(std::string const& name) const;

    /// Makes a resolution that reports a wrong value. `how` ends the sentence "the value of key … is …".
    resolution invalid_value(std::string const& name, std::string const& key, std::string const& how) const;

    bool take_user_secret(std::string const& name, std::uint64_t resource_version, bool is_listed);
    bool take_token(std::string const& name, std::uint64_t resource_version, bool is_listed);

    std::string own_namespace_;
    token_rules rules_;
    std::function<void()> on_change_;
    std::map<std::string, user_secret> user_secrets_;
    std::map<std::string, stored_token> tokens_;  ///< by name of the Secret
    std::set<std::string> listed_;
    std::set<std::string> written_;  ///< names of tokens' Secrets written since the last list began
};

}  // namespace tcr::credentials
