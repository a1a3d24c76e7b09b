// SPDX-License-Identifier: Apache-2.0

// Parsers of a registry's WWW-Authenticate challenge, and of the names and addresses in configurations.
#include "auth_challenge.hpp"
#include "fuzz_target.hpp"
#include "registry_server.hpp"
#include "token_server.hpp"
#include <tcr/net/http_server.hpp>
#include <tcr/net/web_client.hpp>
#include <tcr/registry/credential_probe.hpp>

TCR_FUZZ_TARGET(challenge)
{
    using namespace tcr;
    auto const challenge = registry::parse_challenge(bytes);
    fuzz::require(
        challenge.scheme.empty() || challenge.scheme == "basic" || challenge.scheme == "bearer",
        "a scheme is one that we know"
    );
    auto const own = registry::registry_address("registry.example.com");
    fuzz::require(own.has_value(), "a host is a registry's address");
    if (auto const server = registry::token_server_of(challenge, *own))
    {
        fuzz::require(server->is_tls, "a credential is sent by TLS only");
        fuzz::require(
            server->host == "example.com" || server->host.ends_with(".example.com"),
            "a credential is sent to the registry's own domain only"
        );
        net::web_request request;
        request.to = *server;
        auto const wire = net::serialize(request, "test");
        if (wire)
            fuzz::require(wire->find("\r\n\r\n") == wire->size() - 4, "a request's line and header end once");
    }
    else
        fuzz::require(fuzz::is_one_line(server.error().message()), "an error is one line");
    if (auto const address = registry::registry_address(bytes))
        fuzz::require(address->is_tls && !address->host.empty(), "a registry's address is a host");
    fuzz::require(fuzz::is_one_line(controller::server_problem(bytes)), "a problem is one line");
    if (auto const address = net::parse_web_address(bytes))
        fuzz::require(!address->host.empty() && address->target.starts_with('/'), "an address is whole");
    if (auto const address = net::parse_bind_address(bytes); address && *address)
        net::parse_bind_address((*address)->text());
    registry::is_in_same_domain("registry.example.com", bytes);
}
