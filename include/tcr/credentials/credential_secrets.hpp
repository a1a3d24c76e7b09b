#pragma once

#include <tcr/credentials/stored_token.hpp>
#include <tcr/credentials/login.hpp>
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

/// The label of the Secrets in the controller's own namespace that hold credentials. Without it a Secret is
/// not read: whoever may write an ImagePullSecret could else have any Secret of that namespace distributed.
inline constexpr std::string_view credential_label = "tcr.tencentcloudcr.com/credential";
inline constexpr std::string_view password_label_value = "true";  ///< people's: passwordSecretRef may name it
inline constexpr std::string_view token_label_value = "token";    ///< ours: a stored_token

/// The longest password, in bytes; as deploy/base/crd.yaml has it for those that stand in an ImagePullSecret.
inline constexpr std::size_t longest_password = 16'384;

/// Which Secrets to watch.
kube::selection credential_selection(std::string const& own_namespace);

/// What holds for all tokens.
struct token_rules
{
    std::vector<std::string> instances;        ///< of these alone there are tokens; empty: of all
    std::vector<std::string> server_suffixes;  ///< ends of server names that tokens may be sent to, too
};

/// What counts of a Secret of `credential_selection`.
struct credential_content
{
    std::string label;
    std::map<std::string, std::string> data;  ///< decoded, by key
    std::set<std::string> too_long;           ///< keys whose values are no passwords
};

/// Follows the Secrets of `credential_selection` and keeps what they hold.
///
/// A list is the truth, whatever versions were known before: a restored etcd begins another history. A token
/// that works is not thrown away for that: one that a list lacks, or has in an older form, is kept to be
/// written anew.
class credential_secrets final : public kube::table_reader<credential_content, runtime::reflector>
{
public:
    /// Calls `on_change` when the watch reports that any of them changed or was deleted. `own_namespace` is
    /// for the messages.
    credential_secrets(std::string own_namespace, token_rules rules, std::function<void()> on_change);

    /// The password that a reference means now. One line break at its end is not part of it: editors and
    /// `echo` leave it there, and no registry takes it. The user name is the caller's to add.
    resolution password(password_reference const& wanted) const;

    /// The token kept for a reference, or null.
    stored_token const* token(token_reference const& wanted) const;

    /// All of them, by their Secrets' names.
    std::map<std::string, stored_token> const& tokens() const { return tokens_; }

    /// Whether there may be one.
    bool is_allowed(token_reference const& wanted) const;

    /// Whether all of these servers may be sent it.
    bool may_go_to_all(stored_token const& token, std::set<std::string> const& servers) const;

    /// Its login, for a server that it may be sent to.
    resolution token_login(token_reference const& wanted, std::string_view server) const;

    /// Takes over a token that was just made, or that may be sent to other servers now.
    void learn(stored_token token);

    /// The token's Secret has this version now, by the answer to its writing; 0: nobody knows.
    void note_version(token_reference const& of, std::uint64_t resource_version);

    /// Takes over what a list has that is newer than what the watch reported. \return whether there was
    /// anything.
    bool take_over(credential_secrets const& present);

    // runtime::reflector
    void on_object(kube::object_event event, kube::object_meta const& meta) override;
    void on_unreadable(
        kube::object_event event, kube::object_meta const& meta, std::string_view problem
    ) override;
    void begin_list() override;
    void end_list(std::uint64_t resource_version) override;

private:
    /// A Secret of people's.
    struct password_secret
    {
        std::map<std::string, std::string> passwords;  ///< by key
        std::set<std::string> too_long;                ///< keys whose values are no passwords
        std::uint64_t resource_version = 0;
    };

    bool drop(std::string const& name, std::uint64_t resource_version);
    bool take_password(std::string const& name, std::uint64_t resource_version, bool is_listed);
    bool take_token(std::string const& name, std::uint64_t resource_version, bool is_listed);

    std::string own_namespace_;
    token_rules rules_;
    std::function<void()> on_change_;
    std::map<std::string, password_secret> password_secrets_;
    std::map<std::string, stored_token> tokens_;  ///< by the Secret's name
    std::set<std::string> listed_;
    std::set<std::string> written_;  ///< tokens whose writing was answered since the last list began
};

}  // namespace tcr::credentials
