// SPDX-License-Identifier: Apache-2.0
#pragma once

// Checks whether a registry accepts a user name and password.

#include <tcr/net/web_client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <string>

namespace tcr::registry
{

/// Checks whether a registry accepts a credential. Pulls no image. First sends GET /v2/ without the
/// credential. If the registry answers with a challenge (401), repeats the request with what the challenge
/// requires: the credential itself, or a token from the token server
/// (https://distribution.github.io/distribution/spec/auth/token/). Since the token server receives the
/// credential, this server must use https and have the registry's host or domain.
///
/// `server` is a host with an optional port and path, as in spec.docker.server. The path has no effect.
/// Requests use https.
///
/// \return true if the registry accepts the credential; false if the registry requires no credential and so
/// has not checked this one.
///
/// \par Errors `errc::wrong_password` if the registry or its token server refuses the credential, or if
/// `username` contains a colon. All other errors mean that the result is unknown: `errc::no_registry`, other
/// `registry::errc` by HTTP status (403, 429, 5xx), invalid_argument for `server`, network errors.
/// \par Cancellation terminal.
task<result<bool>> probe_credential(
    net::web_client& web, std::string server, std::string username, std::string password
);

}  // namespace tcr::registry
