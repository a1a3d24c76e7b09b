// SPDX-License-Identifier: Apache-2.0
#include "token_server.hpp"

#include "answer_values.hpp"
#include <tcr/net/host_port.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/strings.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/json/parse.hpp>

namespace tcr::registry
{
namespace
{

bool is_ip_address(std::string_view host)
{
    boost::system::error_code ec;
    boost::asio::ip::make_address(host, ec);
    return !ec;
}

/// The domain of a host: "docker.io" for "registry-1.docker.io". A host with at most two labels is its own
/// domain.
std::string_view domain_of(std::string_view host)
{
    auto const dot = host.find('.');
    if (dot == std::string_view::npos || host.find('.', dot + 1) == std::string_view::npos)
        return host;
    return host.substr(dot + 1);
}

error no_registry(std::string text)
{
    return error(errc::no_registry, std::move(text));
}

}  // namespace

result<net::web_address> registry_address(std::string_view server)
{
    // In a URL, these characters would end the host or separate a user name from the host.
    if (server.find_first_of("?#@") != std::string_view::npos || server.find("//") != std::string_view::npos)
        return invalid_argument("the registry must be HOST or HOST:PORT, and may have a path");
    if (server.find('*') != std::string_view::npos)
        return invalid_argument(
            printable(server, 100) + " has a wildcard, so there is no host to check the credential at"
        );
    auto host = net::registry_location(server).host_and_port;
    // "docker.io" is a name in images; the registry of Docker Hub has another host. Source: the comment on
    // `defaultDomain` in github.com/distribution/reference, normalize.go.
    if (host == "docker.io" || host == "index.docker.io")
        host = "registry-1.docker.io";
    return net::parse_web_address("https://" + std::string(host) + "/v2/");
}

bool is_in_same_domain(std::string_view registry, std::string_view host)
{
    if (registry == host)
        return true;
    if (is_ip_address(registry) || is_ip_address(host))
        return false;
    auto const domain = domain_of(registry);
    if (domain.find('.') == std::string_view::npos)
        return false;
    return host == domain || host.ends_with("." + std::string(domain));
}

result<net::web_address> token_server_of(auth_challenge const& challenge, net::web_address const& registry)
{
    auto server = net::parse_web_address(challenge.realm);
    if (!server)
        return no_registry("the registry's token server: " + server.error().message());
    if (registry.is_tls && !server->is_tls)
        return no_registry("the registry's token server does not use https: the password is not sent to it");
    if (!is_in_same_domain(registry.host, server->host))
        return no_registry(
            "the registry's token server " + printable(server->host, 100) +
            " is in another domain: the password is not sent to it"
        );
    if (!challenge.service.empty())
    {
        server->target += server->target.find('?') == std::string::npos ? '?' : '&';
        server->target += "service=" + url_encode(challenge.service);
    }
    return server;
}

error unexpected_status(std::string_view server_name, unsigned status)
{
    auto const text = std::string(server_name) + " answered with HTTP " + std::to_string(status);
    if (status == 403)
        return error(errc::forbidden, text);
    if (status == 429)
        return error(errc::limited, text);
    if (status >= 500)
        return error(errc::unavailable, text);
    return no_registry(text);
}

std::string token_in(std::string_view body)
{
    boost::system::error_code ec;
    auto const whole = boost::json::parse(body, ec);
    auto const* object = ec ? nullptr : whole.if_object();
    if (object == nullptr)
        return {};
    for (char const* name : {"token", "access_token"})
    {
        auto const* value = object->if_contains(name);
        auto const* text = value != nullptr ? value->if_string() : nullptr;
        if (text == nullptr || text->empty())
            continue;
        return is_credential(*text) ? std::string(*text) : std::string();
    }
    return {};
}

}  // namespace tcr::registry
