#pragma once

#include <tcr/net/web_client.hpp>
#include <tcr/util/async.hpp>
#include <tcr/util/error.hpp>

#include <string>
#include <string_view>

namespace tcr::registry
{

/// What a WWW-Authenticate header asks for (RFC 9110 section 11.6.1).
struct auth_challenge
{
    std::string scheme;   ///< in small letters: "basic", "bearer"
    std::string realm;    ///< of "bearer": the URL of the token server
    std::string service;  ///< of "bearer"
};

/// Reads the first challenge that is "bearer" or "basic". Pure. An empty scheme: there is none.
auth_challenge parse_challenge(std::string_view www_authenticate);

/// Asks the registry whether it takes a credential, and pulls nothing: GET /v2/, then what it challenges for,
/// a token of its token server (https://distribution.github.io/distribution/spec/auth/token/) or the
/// credential itself. The token server must be https, where the registry is, and of the same host or domain:
/// the credential is sent there.
///
/// `server` is a host with an optional port, as spec.docker.server; asked by https.
/// \return whether the registry asks for any credential at all; what answers 200 without one cannot tell a
/// wrong one.
/// \par Errors `errc::wrong_password`, `errc::no_registry`, those of the network: the last two say nothing of
/// the credential. \par Cancellation terminal.
task<result<bool>> probe_credential(
    net::web_client& web, std::string server, std::string username, std::string password
);

}  // namespace tcr::registry
