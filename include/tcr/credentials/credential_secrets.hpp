#pragma once

// The credentials in Secrets of the controller's own namespace, as its watch reports them.

#include <tcr/credentials/login.hpp>
#include <tcr/credentials/stored_token.hpp>
#include <tcr/kube/field_table.hpp>
#include <tcr/kube/request.hpp>
#include <tcr/runtime/reflector.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tcr::credentials
{

/// Label of the Secrets in the controller's own namespace that hold credentials. Other Secrets are not read:
/// a user who may write ImagePullSecrets could otherwise distribute any Secret of that namespace.
inline constexpr std::string_view credential_label = "tcr.tencentcloudcr.com/credential";
inline constexpr std::string_view password_label_value = "true";  ///< of users: passwordSecretRef may name it
inline constexpr std::string_view token_label_value = "token";    ///< ours: a stored_token

/// Max bytes of a password. deploy/base/crd.yaml limits those in ImagePullSecrets to as many characters.
inline constexpr std::size_t max_password_bytes = 16'384;

/// Selects the Secrets to watch.
kube::selection credential_selection(std::string const& own_namespace);

/// Rules for all tokens.
struct token_rules
{
    std::vector<std::string> instances;        ///< instances that may have tokens; empty: all
    std::vector<std::string> server_suffixes;  ///< tokens may also be sent to names ending with one of these
};

/// The fields that are read from a Secret of `credential_selection`.
struct credential_content
{
    std::string label;
    std::map<std::string, std::string> data;  ///< decoded, by key
    std::set<std::string> too_long;           ///< keys of values too long for a password
};

/// Follows the Secrets of `credential_selection` and keeps what they hold.
///
/// A list replaces what was known before, whatever its version, because a restored etcd begins another
/// history. A working token is an exception: if a list lacks it or has an older one, it is kept and written
/// again.
class credential_secrets final : public kube::table_reader<credential_content, runtime::reflector>
{
public:
    /// Calls `on_change` when the watch reports that a Secret changed or was deleted. `own_namespace` is for
    /// the messages.
    credential_secrets(std::string own_namespace, token_rules rules, std::function<void()> on_change);

    /// The current password for a reference. One line break at its end is removed: editors and `echo` leave
    /// it there, and no registry accepts it. The caller adds the user name.
    resolution password(password_reference const& wanted) const;

    /// The stored token for a reference, or null.
    stored_token const* token(token_reference const& wanted) const;

    /// Whether the rules allow a token for a reference.
    bool is_allowed(token_reference const& wanted) const;

    /// Whether the token may be sent to all of these servers.
    bool may_go_to_all(stored_token const& token, std::set<std::string> const& servers) const;

    /// The login of the token for a reference, if the token may be sent to `server`; otherwise why not.
    resolution token_login(token_reference const& wanted, std::string_view server) const;

    /// Stores a token that was just made, or whose servers changed.
    void put(stored_token token);

    /// Sets the version of a token's Secret from the answer to its write; 0: unknown.
    void set_version(token_reference const& of, std::uint64_t resource_version);

    /// Copies from `present`, a list, what is newer than the watch's reports. \return whether anything was.
    bool merge_newer(credential_secrets const& present);

    // runtime::reflector
    void on_object(kube::object_event event, kube::object_meta const& meta) override;
    void on_unreadable(kube::object_event event, kube::object_meta const& meta, std::string_view problem)
        override;
    void begin_list() override;
    void end_list(std::uint64_t resource_version) override;

private:
    /// A Secret that a user wrote.
    struct password_secret : credential_content
    {
        std::uint64_t resource_version = 0;
    };

    bool take_password(std::string const& name, std::uint64_t resource_version, bool is_listed);
    bool take_token(std::string const& name, std::uint64_t resource_version, bool is_listed);

    std::string own_namespace_;
    token_rules rules_;
    std::function<void()> on_change_;
    std::map<std::string, password_secret> password_secrets_;
    std::map<std::string, stored_token> tokens_;  ///< by the Secret's name
    std::set<std::string> listed_;
    std::set<std::string> written_;  ///< tokens whose write was answered since the last list began
};

}  // namespace tcr::credentials
