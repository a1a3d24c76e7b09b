#pragma once

// Parses the WWW-Authenticate header of a registry. Pure.

#include <string>
#include <string_view>

namespace tcr::registry
{

/// A challenge of a WWW-Authenticate header (RFC 9110 section 11.6.1).
struct auth_challenge
{
    std::string scheme;   ///< in small letters: "basic", "bearer"
    std::string realm;    ///< of "bearer": the URL of the token server
    std::string service;  ///< of "bearer"
};

/// Returns the first challenge that is "bearer" or "basic"; an empty scheme if there is none.
auth_challenge parse_challenge(std::string_view www_authenticate);

}  // namespace tcr::registry
