#pragma once

#include <tcr/net/web_client.hpp>
#include <tcr/registry/credential_probe.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <string_view>

// What a probe decides. Pure.
namespace tcr::registry
{

/// A registry's address, of `spec.docker.server`. \par Errors invalid_argument: it is more than host and
/// port.
result<net::web_address> registry_address(std::string_view server);

/// Whether a credential for the registry may be sent to that host: itself, one of its own domain
/// ("auth.docker.io" for "registry-1.docker.io"), but none of another's. An IP address has no domain.
bool is_of_same_domain(std::string_view registry, std::string_view host);

/// Where to ask for a token, by a "bearer" challenge of that registry. \par Errors `errc::no_registry`: not
/// https, not of the same host or domain, no URL.
result<net::web_address> token_server_of(auth_challenge const& challenge, net::web_address const& registry);

/// What a status says that is neither 200 nor 401: of a registry or its token server.
error unexpected_status(std::string_view whom, unsigned status);

/// Of its answer: `token`, or `access_token`; empty where there is none that may stand in a header.
std::string token_in(std::string_view body);

}  // namespace tcr::registry
