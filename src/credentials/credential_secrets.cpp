#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/credentials/password_text.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <vector>

namespace tcr::credentials
{
namespace
{

/// Max length of base64 text that may still contain a valid password.
constexpr std::size_t max_encoded_password = (max_password_bytes + 2) / 3 * 4 + 8;

/// The key of a Secret that `kubectl create secret docker-registry` makes.
constexpr char const* docker_config_key = ".dockerconfigjson";

constexpr kube::field<credential_content> credential_fields[] = {
    {{"metadata.labels", credential_label}, [](auto& secret, auto, auto text) { secret.label = text; }},
    // If a value is too long for a password, only its key is stored. Such a value does not make the Secret
    // unreadable.
    {"data.*",
     [](auto& secret, auto key, auto text)
     {
         if (text.size() > max_encoded_password)
             secret.too_long.emplace(key);
         else
             // The API server accepts only valid base64 here.
             secret.data[std::string(key)] = base64_decode(text).value_or(std::string());
     },
     kube::max_object_bytes},
};

/// Whether bytes are UTF-8 without NUL. JSON text and registries accept no other passwords.
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
    which.label_selector.append(credential_label).append(" in (").append(password_label_value);
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

resolution credential_secrets::password(password_reference const& wanted) const
{
    auto const secret = password_secrets_.find(wanted.name);
    auto const shown = "Secret " + own_namespace_ + "/" + printable(wanted.name, 80);
    if (secret == password_secrets_.end())
        return none(
            "SecretNotFound",
            shown + " with the label " + std::string(credential_label) + "=" +
                std::string(password_label_value) + " does not exist"
        );
    auto const invalid = [&](std::string const& why)
    { return none("InvalidSecret", shown + ": the value of key " + in_quotes(wanted.key) + " is " + why); };
    auto const not_a_password = none(
        "NotAPassword",
        shown + ": the value of key " + in_quotes(wanted.key) +
            " is a whole dockerconfigjson, not a password; name the Secret in docker.configSecretRef instead "
            "of docker.passwordSecretRef"
    );
    auto const too_long = "longer than " + std::to_string(max_password_bytes) + " bytes";
    if (secret->second.too_long.contains(wanted.key))
        return wanted.key == docker_config_key ? not_a_password : invalid(too_long);
    auto const value = secret->second.data.find(wanted.key);
    if (value == secret->second.data.end())
        return none(
            "KeyNotFound",
            shown + " has no key " + in_quotes(wanted.key) +
                (secret->second.has(docker_config_key)
                     ? ", but a whole dockerconfigjson; name the Secret in docker.configSecretRef instead"
                     : "")
        );
    auto const text = without_line_break(value->second);
    if (text.empty())
        return invalid("empty");
    if (text.size() > max_password_bytes)
        return invalid(too_long);
    if (!is_text(text))
        return invalid("not UTF-8 text");
    if (is_docker_config(text))
        return not_a_password;
    resolution found;
    found.found.emplace().password = text;
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

resolution credential_secrets::token_login(token_reference const& wanted, std::string_view server) const
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
    auto& login = found.found.emplace();
    login.username = stored->token.username;
    login.password = stored->token.password;
    login.expires_at = stored->expires_at();
    login.refreshed_at = stored->minted_at;
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
    for (auto const& [name, secret] : present.password_secrets_)
        if (auto& known = password_secrets_[name]; known.resource_version < secret.resource_version)
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
        is_changed = password_secrets_.erase(meta.name) > 0;
        auto const token = tokens_.find(meta.name);
        if (token != tokens_.end() && token->second.resource_version <= meta.resource_version)
        {
            tokens_.erase(token);
            is_changed = true;
        }
    }
    else if (values_.label == token_label_value)
    {
        is_changed = password_secrets_.erase(meta.name) > 0;
        is_changed = take_token(meta.name, meta.resource_version, is_listed) || is_changed;
    }
    else
    {
        is_changed = tokens_.erase(meta.name) > 0;
        is_changed = take_password(meta.name, meta.resource_version, is_listed) || is_changed;
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
    // The stored version may be from another history, in which versions were higher.
    if (auto const known = password_secrets_.find(meta.name); known != password_secrets_.end())
        known->second.resource_version = 0;
    if (auto const known = tokens_.find(meta.name); known != tokens_.end() && !written_.contains(meta.name))
        known->second.resource_version = 0;
}

bool credential_secrets::take_password(
    std::string const& name, std::uint64_t resource_version, bool is_listed
)
{
    auto const [place, is_new] = password_secrets_.try_emplace(name);
    auto& known = place->second;
    if (!is_listed && resource_version < known.resource_version)
        return false;
    bool const is_changed = is_new || known.data != values_.data || known.too_long != values_.too_long;
    known.data = std::move(values_.data);
    known.too_long = std::move(values_.too_long);
    known.resource_version = resource_version;
    return is_changed;
}

bool credential_secrets::take_token(std::string const& name, std::uint64_t resource_version, bool is_listed)
{
    auto seen = read_token(values_.data, resource_version);
    auto const known = tokens_.find(name);
    bool const is_known = known != tokens_.end();
    // A list replaces everything that was stored before the list began, whatever the versions.
    bool const is_comparable = !is_listed || written_.contains(name);
    if (is_known && is_comparable && known->second.resource_version > resource_version)
        return false;
    // Our token is newer. Version 0 makes the token refresher write it over the stored one.
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
    bool is_changed = std::erase_if(password_secrets_, is_gone) > 0;
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
