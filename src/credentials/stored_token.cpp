// SPDX-License-Identifier: Apache-2.0
#include <tcr/credentials/credential_secrets.hpp>
#include <tcr/credentials/stored_token.hpp>
#include <tcr/net/host_port.hpp>
#include <tcr/util/strings.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace tcr::credentials
{
namespace
{

namespace json = boost::json;

constexpr std::string_view registry_id_key = "registryId";
constexpr std::string_view region_key = "region";
constexpr std::string_view type_key = "tokenType";
constexpr std::string_view username_key = "username";
constexpr std::string_view password_key = "password";
constexpr std::string_view token_id_key = "tokenId";
constexpr std::string_view expires_key = "expiresAt";
constexpr std::string_view minted_key = "mintedAt";
constexpr std::string_view serial_key = "serial";
constexpr std::string_view servers_key = "servers";

std::string joined(std::vector<std::string> const& servers)
{
    std::string text;
    for (auto const& server : servers)
        text.append(text.empty() ? "" : ",").append(server);
    return text;
}

json::object body_of(stored_token const& stored)
{
    json::object labels;
    labels[credential_label] = token_label_value;
    labels["app.kubernetes.io/name"] = "tcr-assistant";
    labels["app.kubernetes.io/part-of"] = "tcr-assistant";
    // For operators: an annotation is readable without decoding.
    json::object annotations;
    annotations["tcr.tencentcloudcr.com/expires-at"] = rfc3339(stored.token.expires_at);
    json::object metadata;
    metadata["labels"] = std::move(labels);
    metadata["annotations"] = std::move(annotations);
    json::object data;
    auto const put = [&data](std::string_view key, std::string_view text)
    { data[key] = base64_encode(text); };
    put(registry_id_key, stored.of.instance.id);
    put(region_key, stored.of.instance.region);
    put(type_key, registry::to_string(stored.of.type));
    put(username_key, stored.token.username);
    put(password_key, stored.token.password);
    put(token_id_key, stored.token.token_id);
    put(expires_key, rfc3339(stored.token.expires_at));
    put(minted_key, rfc3339(stored.minted_at));
    put(serial_key, std::to_string(stored.serial));
    put(servers_key, joined(stored.servers));
    json::object body;
    body["metadata"] = std::move(metadata);
    body["data"] = std::move(data);
    return body;
}

}  // namespace

bool stored_token::may_go_to(std::string_view server, std::vector<std::string> const& suffixes) const
{
    // A server with a wildcard also matches hosts of other owners, even if the server ends with a permitted
    // suffix.
    if (server.find('*') != std::string_view::npos)
        return false;
    auto const host = net::registry_location(server).host;
    return std::any_of(servers.begin(), servers.end(), [host](auto const& name) { return host == name; }) ||
           std::any_of(
               suffixes.begin(),
               suffixes.end(),
               [host](auto const& end) { return host.size() > end.size() && host.ends_with(end); }
           );
}

std::optional<stored_token::time_point> stored_token::expires_at() const
{
    // `max()` means never. `token_refresher` rounds this time down to whole seconds.
    if (token.expires_at >= std::chrono::floor<std::chrono::seconds>(time_point::max()))
        return std::nullopt;
    return token.expires_at;
}

std::string token_secret_name(token_reference const& of)
{
    return "tcr-assistant-token-" + of.instance.id + "-" + of.instance.region + "-" +
           std::string(registry::to_string(of.type));
}

std::string create_body(stored_token const& stored)
{
    auto body = body_of(stored);
    body["apiVersion"] = "v1";
    body["kind"] = "Secret";
    body["type"] = "tcr.tencentcloudcr.com/token";
    body["metadata"].as_object()["name"] = token_secret_name(stored.of);
    return json::serialize(body);
}

std::string update_body(stored_token const& stored)
{
    auto body = body_of(stored);
    if (stored.resource_version != 0)
        body["metadata"].as_object()["resourceVersion"] = std::to_string(stored.resource_version);
    return json::serialize(body);
}

std::optional<stored_token> read_token(
    std::map<std::string, std::string> const& data, std::uint64_t resource_version
)
{
    auto const text = [&data](std::string_view key)
    {
        auto const found = data.find(std::string(key));
        return found == data.end() ? std::string() : found->second;
    };
    stored_token stored;
    stored.of.instance.id = text(registry_id_key);
    stored.of.instance.region = text(region_key);
    auto const type = registry::parse_token_type(text(type_key));
    stored.token.username = text(username_key);
    stored.token.password = text(password_key);
    stored.token.token_id = text(token_id_key);
    auto const expires_at = parse_rfc3339(text(expires_key));
    auto const minted_at = parse_rfc3339(text(minted_key));
    bool const is_whole = !stored.of.instance.id.empty() && type && !stored.token.username.empty() &&
                          !stored.token.password.empty() && expires_at && minted_at &&
                          *minted_at < *expires_at;
    if (!is_whole)
        return std::nullopt;
    stored.of.type = *type;
    stored.token.expires_at = *expires_at;
    stored.minted_at = *minted_at;
    stored.serial = parse_u64(text(serial_key)).value_or(1);
    auto const servers = text(servers_key);
    for (auto const server : split_names(servers))
        stored.servers.emplace_back(server);
    stored.resource_version = resource_version;
    return stored;
}

}  // namespace tcr::credentials
