#include "token_server.hpp"
#include <tcr/registry/credential_probe.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/strings.hpp>

#include <utility>

namespace tcr::registry
{
namespace
{

/// Basic authentication (RFC 7617).
std::string basic(std::string const& username, std::string const& password)
{
    return "Basic " + base64_encode(username + ":" + password);
}

/// All challenges, joined into one text: they may come in several headers.
std::string challenges_in(net::web_response const& answer)
{
    std::string all;
    for (auto const& [name, value] : answer.headers)
        if (name == "www-authenticate")
            all.append(all.empty() ? "" : ", ").append(value);
    return all;
}

task<result<net::web_response>> ask(net::web_client& web, net::web_address to, std::string authorization)
{
    net::web_request request;
    request.to = std::move(to);
    if (!authorization.empty())
        request.headers.emplace_back("Authorization", std::move(authorization));
    auto answer = co_await web.send(std::move(request));
    co_return answer;
}

error wrong(std::string_view server, std::string_view why)
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
    auto const called = registry->authority();
    if (username.find(':') != std::string::npos)
        co_return wrong(called, ": the user name has a colon, which no registry can be told");

    std::string nothing;
    auto const first = co_await ask(web, *registry, nothing);
    if (!first)
        co_return first.error();
    if (first->ok())
        co_return false;
    if (first->status != 401)
        co_return unexpected_status(called, first->status);
    auto const challenge = parse_challenge(challenges_in(*first));
    if (challenge.scheme.empty())
        co_return error(errc::no_registry, called + " asks for a credential of no kind that registries know");

    auto authorization = basic(username, password);
    if (challenge.scheme == "bearer")
    {
        auto const server_of_tokens = token_server_of(challenge, *registry);
        if (!server_of_tokens)
            co_return server_of_tokens.error();
        auto const answer = co_await ask(web, *server_of_tokens, std::move(authorization));
        if (!answer)
            co_return answer.error();
        if (answer->status == 401)
            co_return wrong(called, "");
        if (!answer->ok())
            co_return unexpected_status("the token server of " + called, answer->status);
        auto const token = token_in(answer->body);
        if (token.empty())
            co_return error(errc::no_registry, "the token server of " + called + " gives no token");
        authorization = "Bearer " + token;
    }
    auto const second = co_await ask(web, *registry, std::move(authorization));
    if (!second)
        co_return second.error();
    if (second->status == 401)
        co_return wrong(called, "");
    if (!second->ok())
        co_return unexpected_status(called, second->status);
    co_return true;
}

}  // namespace tcr::registry
