// SPDX-License-Identifier: Apache-2.0
#pragma once

// Decisions of `probe_credential` about addresses and answers. Pure.

#include "auth_challenge.hpp"
#include <tcr/net/web_client.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <string_view>

namespace tcr::registry
{

/// The address of /v2/ at the host of `server` (spec.docker.server). Drops the path of `server`, because a
/// registry's API has the same address for all repositories.
/// \par Errors invalid_argument if `server` has a wildcard, or is not HOST[:PORT][/PATH].
result<net::web_address> registry_address(std::string_view server);

/// Whether the registry's credential may be sent to `host`. `host` must be the registry itself or a host in
/// the registry's domain ("auth.docker.io" for "registry-1.docker.io"). An IP address has no domain.
bool is_in_same_domain(std::string_view registry, std::string_view host);

/// The token server that a "bearer" challenge of the registry names. \par Errors `errc::no_registry` if the
/// server's address is not a URL, does not use https although the registry does, or is in another domain.
result<net::web_address> token_server_of(auth_challenge const& challenge, net::web_address const& registry);

/// The error for an HTTP status that is neither 2xx nor 401. `server_name` names the server that answered.
error unexpected_status(std::string_view server_name, unsigned status);

/// The `token` in the answer of a token server, or the `access_token` if there is no `token`. Empty if the
/// answer has neither, or if the token is not valid in a header.
std::string token_in(std::string_view body);

}  // namespace tcr::registry
