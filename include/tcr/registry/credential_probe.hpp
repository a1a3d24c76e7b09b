#pragma once

// Checks whether a registry accepts a user name and password.

#include <tcr/net/web_client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <string>

namespace tcr::registry
{

/// Checks whether a registry accepts a credential, without pulling anything. Sends GET /v2/, then again with
/// what the challenge requires: a token of the token server
/// (https://distribution.github.io/distribution/spec/auth/token/) or the credential itself. The token server
/// receives the credential: it must use https and have the registry's host or domain.
///
/// `server` is a host with an optional port, as in spec.docker.server. Requests use https.
/// \return whether the registry requires a credential. If it answers 200 without one, a wrong credential
/// cannot be detected.
/// \par Errors `errc::wrong_password` if the registry refuses the credential. All other errors mean that the
/// result is unknown: `errc::no_registry`, other `registry::errc` by HTTP status (403, 429, 5xx),
/// invalid_argument for `server`, network errors. \par Cancellation terminal.
task<result<bool>> probe_credential(
    net::web_client& web, std::string server, std::string username, std::string password
);

}  // namespace tcr::registry
