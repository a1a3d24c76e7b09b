// SPDX-License-Identifier: Apache-2.0
#pragma once

// Parses the WWW-Authenticate header of a registry. Pure.

#include <string>
#include <string_view>

namespace tcr::registry
{

/// A challenge in a WWW-Authenticate header (RFC 9110 section 11.6.1).
struct auth_challenge
{
    std::string scheme;   ///< "basic" or "bearer"; empty if there is no challenge
    std::string realm;    ///< for "bearer": the URL of the token server
    std::string service;  ///< for "bearer": the value to send to the token server
};

/// Returns the first challenge with the scheme "bearer" or "basic". If there is no such challenge, the
/// returned scheme is empty.
auth_challenge parse_challenge(std::string_view www_authenticate);

}  // namespace tcr::registry
