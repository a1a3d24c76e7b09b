// SPDX-License-Identifier: Apache-2.0
#include "token_server.hpp"
#include <tcr/registry/credential_probe.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/strings.hpp>

#include <utility>

namespace tcr::registry
{
namespace
{

/// The value of the Authorization header for basic authentication (RFC 7617).
std::string basic(std::string const& username, std::string const& password)
{
    return "Basic " + base64_encode(username + ":" + password);
}

/// All challenges of an answer, joined into one text because they may come in several headers.
std::string challenges_in(net::web_response const& answer)
{
    std::string all;
    for (auto const& [name, value] : answer.headers)
        if (name == "www-authenticate")
            all.append(all.empty() ? "" : ", ").append(value);
    return all;
}

task<result<net::web_response>> get(net::web_client& web, net::web_address to, std::string authorization)
{
    net::web_request request;
    request.to = std::move(to);
    if (!authorization.empty())
        request.headers.emplace_back("Authorization", std::move(authorization));
    auto answer = co_await web.send(std::move(request));
    co_return answer;
}

error wrong_password(std::string_view server, std::string_view why)
{
    return error(
        errc::wrong_password,
        std::string(server) + " does not accept the user name or password" + std::string(why)
    );
}

}  // namespace

task<result<bool>> probe_credential(
    net::web_client& web, std::string server, std::string username, std::string password
)
{
    auto const registry = registry_address(server);
    if (!registry)
        co_return registry.error();
    auto const name = registry->authority();
    if (username.find(':') != std::string::npos)
        co_return wrong_password(name, ": a user name cannot contain a colon");

    std::string nothing;
    auto const first = co_await get(web, *registry, nothing);
    if (!first)
        co_return first.error();
    if (first->ok())
        co_return false;
    if (first->status != 401)
        co_return unexpected_status(name, first->status);
    auto const challenge = parse_challenge(challenges_in(*first));
    if (challenge.scheme.empty())
        co_return error(errc::no_registry, name + " offers neither bearer nor basic authentication");

    auto authorization = basic(username, password);
    if (challenge.scheme == "bearer")
    {
        auto const token_server = token_server_of(challenge, *registry);
        if (!token_server)
            co_return token_server.error();
        auto const answer = co_await get(web, *token_server, std::move(authorization));
        if (!answer)
            co_return answer.error();
        if (answer->status == 401)
            co_return wrong_password(name, "");
        if (!answer->ok())
            co_return unexpected_status("the token server of " + name, answer->status);
        auto const token = token_in(answer->body);
        if (token.empty())
            co_return error(errc::no_registry, "the token server of " + name + " returned no usable token");
        authorization = "Bearer " + token;
    }
    auto const second = co_await get(web, *registry, std::move(authorization));
    if (!second)
        co_return second.error();
    if (second->status == 401)
        co_return wrong_password(name, "");
    if (!second->ok())
        co_return unexpected_status(name, second->status);
    co_return true;
}

}  // namespace tcr::registry
