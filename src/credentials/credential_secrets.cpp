// SPDX-License-Identifier: Apache-2.0
#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/credentials/docker_config.hpp>
#include <tcr/credentials/password_text.hpp>
#include <tcr/kube/docker_config.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <vector>

namespace tcr::credentials
{
namespace
{

/// Max length of the base64 text of a valid value with a trailing line break.
constexpr std::size_t max_encoded_bytes = (max_docker_config_bytes + 2) / 3 * 4 + 8;

constexpr kube::field<credential_content> credential_fields[] = {
    {{"metadata.labels", credential_label}, [](auto& secret, auto, auto text) { secret.label = text; }},
    {"type", [](auto& secret, auto, auto text) { secret.type = text; }},
    // Of a value that is too long, only the key is stored. The other values of the Secret remain usable.
    {"data.*",
     [](auto& secret, auto key, auto text)
     {
         if (text.size() > max_encoded_bytes)
             secret.too_long.emplace(key);
         else
             // The API server accepts only valid base64 here.
             secret.data[std::string(key)] = base64_decode(text).value_or(std::string());
     },
     kube::max_object_bytes},
};

/// Whether bytes are UTF-8 without NUL. JSON text must be UTF-8, and registries accept no NUL.
bool is_text(std::string_view bytes)
{
    boost::system::error_code ec;
    boost::json::parse(boost::json::serialize(boost::json::string_view(bytes)), ec);
    return !ec && bytes.find('\0') == std::string_view::npos;
}

resolution none(std::string reason, std::string message)
{
    resolution why;
    why.reason = std::move(reason);
    why.message = std::move(message);
    return why;
}

}  // namespace

kube::selection credential_selection(std::string const& own_namespace)
{
    kube::selection which;
    which.label_selector.append(credential_label).append(" in (").append(user_label_value);
    which.label_selector.append(",").append(token_label_value).append(")");
    which.ns = own_namespace;
    return which;
}

credential_secrets::credential_secrets(
    std::string own_namespace, token_rules rules, std::function<void()> on_change
)
    : table_reader(credential_fields),
      own_namespace_(std::move(own_namespace)),
      rules_(std::move(rules)),
      on_change_(std::move(on_change))
{
}

std::string credential_secrets::shown(std::string const& name) const
{
    return "Secret " + own_namespace_ + "/" + printable(name, 80);
}

resolution credential_secrets::invalid_value(
    std::string const& name, std::string const& key, std::string const& how
) const
{
    return none("InvalidSecret", shown(name) + ": the value of key " + in_quotes(key) + " is " + how);
}

std::pair<std::optional<std::string_view>, resolution> credential_secrets::find_value(
    std::string const& name, std::string const& key, std::size_t max_bytes
) const
{
    auto const why_not = [](resolution why) { return std::pair(std::optional<std::string_view>(), why); };
    auto const secret = user_secrets_.find(name);
    if (secret == user_secrets_.end())
        return why_not(none(
            "SecretNotFound",
            shown(name) + " with the label " + std::string(credential_label) + "=" +
                std::string(user_label_value) + " does not exist"
        ));
    auto const value = secret->second.data.find(key);
    bool const is_too_long = secret->second.too_long.contains(key);
    if (value == secret->second.data.end() && !is_too_long)
        return why_not(none("KeyNotFound", shown(name) + " has no key " + in_quotes(key)));
    std::string_view text = is_too_long ? std::string_view() : value->second;
    text = without_line_break(text);
    if (is_too_long || text.size() > max_bytes)
        return why_not(invalid_value(name, key, "longer than " + std::to_string(max_bytes) + " bytes"));
    if (text.empty())
        return why_not(invalid_value(name, key, "empty"));
    return {text, {}};
}

resolution credential_secrets::password_login(
    password_reference const& wanted, std::string server, std::string username
) const
{
    auto [text, why] = find_value(wanted.name, wanted.key, max_password_bytes);
    auto const secret = user_secrets_.find(wanted.name);
    if (why.reason == "KeyNotFound" && secret->second.has(std::string(kube::docker_config_key)))
        why.message += ", but a whole dockerconfigjson; name the Secret in docker.configSecretRef instead";
    auto const is_empty = [&](std::string const& key) {
        return !secret->second.too_long.contains(key) &&
               without_line_break(secret->second.data.at(key)).empty();
    };
    bool const is_long_config =
        wanted.key == kube::docker_config_key && why.reason == "InvalidSecret" && !is_empty(wanted.key);
    if (text ? is_docker_config(*text) : is_long_config)
        return none(
            "NotAPassword",
            shown(wanted.name) + ": the value of key " + in_quotes(wanted.key) +
                " is a whole dockerconfigjson, not a password; name the Secret in docker.configSecretRef "
                "instead of docker.passwordSecretRef"
        );
    if (!text)
        return why;
    if (!is_text(*text))
        return invalid_value(wanted.name, wanted.key, "not UTF-8 text");
    resolution found;
    found.found = credential_of({std::move(server), std::move(username), std::string(*text)});
    return found;
}

resolution credential_secrets::docker_config(config_reference const& wanted) const
{
    auto const [text, why] = find_value(wanted.name, wanted.key, max_docker_config_bytes);
    if (!text)
        return why;
    if (auto const& type = user_secrets_.at(wanted.name).type; type != kube::docker_config_type)
        return none(
            "InvalidSecret",
            shown(wanted.name) + " has the type " + in_quotes(type) + "; docker.configSecretRef requires " +
                std::string(kube::docker_config_type)
        );
    auto read = read_docker_config(*text);
    if (!read)
        return none(
            "InvalidDockerConfig",
            shown(wanted.name) + ": the value of key " + in_quotes(wanted.key) +
                " is not a dockerconfigjson: " + read.error().message()
        );
    resolution found;
    found.found = std::move(*read);
    return found;
}

stored_token const* credential_secrets::token(token_reference const& wanted) const
{
    auto const found = tokens_.find(token_secret_name(wanted));
    // Two references may have the same Secret name: "-" joins the parts of the name and may also occur in a
    // part.
    return found != tokens_.end() && found->second.of == wanted ? &found->second : nullptr;
}

bool credential_secrets::is_allowed(token_reference const& wanted) const
{
    auto const& instances = rules_.instances;
    return instances.empty() ||
           std::find(instances.begin(), instances.end(), wanted.instance.id) != instances.end();
}

bool credential_secrets::may_go_to_all(stored_token const& token, std::set<std::string> const& servers) const
{
    return std::all_of(
        servers.begin(),
        servers.end(),
        [&](auto const& server) { return token.may_go_to(server, rules_.server_suffixes); }
    );
}

resolution credential_secrets::token_login(token_reference const& wanted, std::string const& server) const
{
    if (!is_allowed(wanted))
        return none(
            "ForbiddenInstance",
            "instance " + printable(wanted.instance.id, 80) + " is not in --tcr-instances"
        );
    auto const* stored = token(wanted);
    if (stored == nullptr)
        return none(
            "NoToken", "no token of instance " + printable(wanted.instance.id, 80) + " has been created yet"
        );
    if (!stored->may_go_to(server, rules_.server_suffixes))
        return none(
            "ForeignServer",
            printable(server, 260) + " is not a domain of instance " + printable(wanted.instance.id, 80) +
                "; the token of an instance is sent only to its domains"
        );
    resolution found;
    found.found = credential_of({server, stored->token.username, stored->token.password});
    found.found->expires_at = stored->expires_at();
    found.found->refreshed_at = stored->minted_at;
    return found;
}

void credential_secrets::put(stored_token fresh)
{
    auto& known = tokens_[token_secret_name(fresh.of)];
    known = std::move(fresh);
}

bool credential_secrets::merge_newer(credential_secrets const& present)
{
    bool is_newer = false;
    for (auto const& [name, secret] : present.user_secrets_)
        if (auto& known = user_secrets_[name]; known.resource_version < secret.resource_version)
        {
            known = secret;
            is_newer = true;
        }
    for (auto const& [name, token] : present.tokens_)
    {
        auto const known = tokens_.find(name);
        if (known != tokens_.end() && known->second.minted_at >= token.minted_at)
            continue;
        tokens_[name] = token;
        is_newer = true;
    }
    return is_newer;
}

void credential_secrets::set_version(token_reference const& of, std::uint64_t resource_version)
{
    auto const name = token_secret_name(of);
    auto const known = tokens_.find(name);
    if (known == tokens_.end())
        return;
    known->second.resource_version = resource_version;
    if (resource_version != 0)
        written_.insert(name);
}

// --- events of the watch

void credential_secrets::on_object(kube::object_event event, kube::object_meta const& meta)
{
    bool const is_listed = event == kube::object_event::listed;
    if (is_listed)
        listed_.insert(meta.name);
    bool is_changed = false;
    if (event == kube::object_event::deleted)
    {
        is_changed = user_secrets_.erase(meta.name) > 0;
        auto const token = tokens_.find(meta.name);
        if (token != tokens_.end() && token->second.resource_version <= meta.resource_version)
        {
            tokens_.erase(token);
            is_changed = true;
        }
    }
    else if (values_.label == token_label_value)
    {
        is_changed = user_secrets_.erase(meta.name) > 0;
        is_changed = take_token(meta.name, meta.resource_version, is_listed) || is_changed;
    }
    else
    {
        is_changed = tokens_.erase(meta.name) > 0;
        is_changed = take_user_secret(meta.name, meta.resource_version, is_listed) || is_changed;
    }
    if (is_changed)
        on_change_();
}

void credential_secrets::on_unreadable(
    kube::object_event event, kube::object_meta const& meta, std::string_view
)
{
    if (event != kube::object_event::listed)
        return;
    listed_.insert(meta.name);
    // Reset the version. After a restore of etcd, it may be higher than the versions of later events, and
    // these events would be ignored.
    if (auto const known = user_secrets_.find(meta.name); known != user_secrets_.end())
        known->second.resource_version = 0;
    if (auto const known = tokens_.find(meta.name); known != tokens_.end() && !written_.contains(meta.name))
        known->second.resource_version = 0;
}

bool credential_secrets::take_user_secret(
    std::string const& name, std::uint64_t resource_version, bool is_listed
)
{
    auto const [place, is_new] = user_secrets_.try_emplace(name);
    auto& known = place->second;
    if (!is_listed && resource_version < known.resource_version)
        return false;
    bool const is_changed = is_new || known.type != values_.type || known.data != values_.data ||
                            known.too_long != values_.too_long;
    static_cast<credential_content&>(known) = std::move(values_);
    known.resource_version = resource_version;
    return is_changed;
}

bool credential_secrets::take_token(std::string const& name, std::uint64_t resource_version, bool is_listed)
{
    auto seen = read_token(values_.data, resource_version);
    auto const known = tokens_.find(name);
    bool const is_known = known != tokens_.end();
    // After a restore of etcd, listed versions may be lower than those in memory. So the version of a listed
    // Secret is compared only if the refresher has written the Secret since the list began.
    bool const is_comparable = !is_listed || written_.contains(name);
    if (is_known && is_comparable && known->second.resource_version > resource_version)
        return false;
    // If the token in memory is newer, version 0 makes the token refresher write this token to the Secret.
    if (is_known && seen && known->second.minted_at > seen->minted_at)
    {
        known->second.resource_version = 0;
        return true;
    }
    if (!seen || token_secret_name(seen->of) != name)
        return is_known && tokens_.erase(name) > 0;
    tokens_[name] = std::move(*seen);
    return true;
}

void credential_secrets::begin_list()
{
    listed_.clear();
    written_.clear();
}

void credential_secrets::end_list(std::uint64_t resource_version)
{
    auto const is_gone = [&](auto const& secret) { return !listed_.contains(secret.first); };
    bool is_changed = std::erase_if(user_secrets_, is_gone) > 0;
    for (auto& [name, token] : tokens_)
    {
        bool const is_newer = written_.contains(name) && token.resource_version > resource_version;
        if (!listed_.contains(name) && !is_newer)
            token.resource_version = 0;
        is_changed = is_changed || token.resource_version == 0;
    }
    listed_.clear();
    if (is_changed)
        on_change_();
}

}  // namespace tcr::credentials
