#pragma once

// Decisions of `probe_credential`: addresses, and what answers mean. Pure.

#include "auth_challenge.hpp"
#include <tcr/net/web_client.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <string_view>

namespace tcr::registry
{

/// The address of /v2/ for a `spec.docker.server`. \par Errors invalid_argument if that is more than host and
/// port.
result<net::web_address> registry_address(std::string_view server);

/// Whether a credential for the registry may be sent to `host`: the registry itself or a host in its domain
/// ("auth.docker.io" for "registry-1.docker.io"). An IP address has no domain.
bool is_in_same_domain(std::string_view registry, std::string_view host);

/// The token server that a "bearer" challenge of the registry names. \par Errors `errc::no_registry` if it is
/// not a URL, not https, or not of the same host or domain.
result<net::web_address> token_server_of(auth_challenge const& challenge, net::web_address const& registry);

/// The error for an HTTP status that is neither 2xx nor 401. `server_name` names the server that answered.
error unexpected_status(std::string_view server_name, unsigned status);

/// The `token` of a token server's answer, or its `access_token` if it has no `token`. Empty if the answer
/// has neither, or if the token is not valid in a header.
std::string token_in(std::string_view body);

}  // namespace tcr::registry
