// SPDX-License-Identifier: Apache-2.0

// The actions of TCR's API and of STS.

#include "fake_tcr.hpp"
#include <tcr/util/strings.hpp>

#include <boost/json/array.hpp>

#include <fstream>
#include <iterator>
#include <utility>

namespace tcr::test
{
namespace
{

namespace json = boost::json;

/// User names of TCR are account numbers.
constexpr std::string_view username = "100012345678";

std::size_t size_of(json::object const& from, char const* key, std::size_t otherwise)
{
    auto const* value = from.if_contains(key);
    auto const* number = value != nullptr ? value->if_int64() : nullptr;
    return number != nullptr && *number >= 0 ? static_cast<std::size_t>(*number) : otherwise;
}

std::int64_t milliseconds(std::chrono::system_clock::time_point when)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

/// Adds the requested page of a list to `into`. As in the real API, the page is null if the list is empty.
void put_page(json::object& into, char const* key, json::array const& all, json::object const& parameters)
{
    json::array page;
    auto const from = size_of(parameters, "Offset", 0);
    auto const limit = size_of(parameters, "Limit", 20);
    for (std::size_t i = from; i < all.size() && i < from + limit; ++i)
        page.push_back(all[i]);
    into["TotalCount"] = all.size();
    if (page.empty())
        into[key] = nullptr;
    else
        into[key] = std::move(page);
}

}  // namespace

fake_tcr::token& fake_tcr::add_token(std::string instance, bool is_longterm, std::string description)
{
    auto const number = std::to_string(tokens_.size() + 1);
    auto& made = tokens_.emplace_back();
    made.id = is_longterm ? "longterm-" + number : std::string();
    made.instance = std::move(instance);
    made.description = std::move(description);
    made.username = username;
    made.password = "tok-" + number;
    made.is_longterm = is_longterm;
    made.expires_at = settings_.now() + (is_longterm ? settings_.longterm_life : settings_.token_life);
    return made;
}

void fake_tcr::add_longterm_token(std::string instance, std::string description)
{
    add_token(std::move(instance), true, std::move(description));
}

fake_tcr::outcome fake_tcr::create_token(call const& what)
{
    auto const type = text_of(what.parameters, "TokenType");
    if (type != "temp" && type != "longterm" && !type.empty())
        return {{}, "InvalidParameter", "TokenType is not valid."};
    auto const& made = add_token(
        text_of(what.parameters, "RegistryId"), type == "longterm", text_of(what.parameters, "Desc")
    );
    outcome done;
    if (settings_.loose_types)
    {
        done.response["Username"] = 100'012'345'678;
        done.response["ExpTime"] = std::to_string(milliseconds(made.expires_at));
    }
    else
    {
        done.response["Username"] = made.username;
        done.response["ExpTime"] = milliseconds(made.expires_at);
    }
    done.response["Token"] = made.password;
    if (made.is_longterm)
        done.response["TokenId"] = made.id;
    return done;
}

fake_tcr::outcome fake_tcr::describe_instances(call const& what)
{
    auto const* ids = what.parameters.if_contains("Registryids");
    auto const is_asked_for = [&](std::string const& id)
    {
        if (ids == nullptr || !ids->is_array() || ids->get_array().empty())
            return true;
        for (auto const& each : ids->get_array())
            if (each.is_string() && std::string_view(each.get_string()) == id)
                return true;
        return false;
    };
    json::array found;
    for (auto const& each : settings_.instances)
    {
        if (each.region != what.region || !is_asked_for(each.id))
            continue;
        json::object instance;
        instance["RegistryId"] = each.id;
        instance["RegistryName"] = each.name;
        instance["RegistryType"] = "basic";
        instance["Status"] = "Running";
        instance["PublicDomain"] = each.name + ".tencentcloudcr.com";
        instance["RegionName"] = each.region;
        instance["InternalEndpoint"] = each.internal_ip;
        found.push_back(std::move(instance));
    }
    outcome done;
    put_page(done.response, "Registries", found, what.parameters);
    return done;
}

fake_tcr::outcome fake_tcr::list_tokens(call const& what)
{
    json::array found;
    for (auto const& each : tokens_)
    {
        if (!each.is_longterm || each.instance != text_of(what.parameters, "RegistryId"))
            continue;
        json::object one;
        one["Id"] = each.id;
        one["Desc"] = each.description;
        one["RegistryId"] = each.instance;
        if (settings_.loose_types)
            one["Enabled"] = "true";
        else
            one["Enabled"] = true;
        one["CreatedAt"] = rfc3339(each.expires_at - settings_.longterm_life);
        one["ExpiredAt"] = milliseconds(each.expires_at);
        found.push_back(std::move(one));
    }
    outcome done;
    put_page(done.response, "Tokens", found, what.parameters);
    return done;
}

fake_tcr::outcome fake_tcr::list_domains(call const& what)
{
    json::array found;
    for (auto const& name : instance_of(what)->custom_domains)
    {
        json::object one;
        one["RegistryId"] = instance_of(what)->id;
        one["CertId"] = "fake-certificate";
        one["DomainName"] = name;
        one["Status"] = "SUCCESS";
        found.push_back(std::move(one));
    }
    outcome done;
    put_page(done.response, "DomainInfoList", found, what.parameters);
    return done;
}

fake_tcr::outcome fake_tcr::list_links(call const& what)
{
    json::array found;
    if (auto const& ip = instance_of(what)->internal_ip; !ip.empty())
    {
        json::object one;
        one["VpcId"] = "vpc-fake";
        one["SubnetId"] = "subnet-fake";
        one["Status"] = "Running";
        one["AccessIp"] = ip;
        found.push_back(std::move(one));
    }
    outcome done;
    put_page(done.response, "AccessVpcSet", found, what.parameters);
    return done;
}

fake_tcr::outcome fake_tcr::assume_role(call const& what)
{
    std::ifstream file(settings_.web_identity_file, std::ios::binary);
    std::string const wanted{std::istreambuf_iterator<char>(file), {}};
    if (trim(wanted).empty() || text_of(what.parameters, "WebIdentityToken") != trim(wanted))
        return {{}, "InvalidParameter.WebIdentityTokenError", "The web identity token is not valid."};
    if (text_of(what.parameters, "ProviderId").empty() || text_of(what.parameters, "RoleArn").empty() ||
        text_of(what.parameters, "RoleSessionName").empty())
        return {{}, "MissingParameter", "ProviderId, RoleArn or RoleSessionName is missing."};
    auto const made = keys_.make_session("oidc", settings_.now() + settings_.session_life);
    json::object credentials;
    credentials["TmpSecretId"] = made.secret_id;
    credentials["TmpSecretKey"] = made.secret_key;
    credentials["Token"] = made.token;
    outcome done;
    done.response["Credentials"] = std::move(credentials);
    done.response["ExpiredTime"] = std::chrono::system_clock::to_time_t(*made.expires_at);
    done.response["Expiration"] = rfc3339(*made.expires_at);
    return done;
}

}  // namespace tcr::test
