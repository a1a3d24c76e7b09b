// SPDX-License-Identifier: Apache-2.0
#pragma once

// Error codes of HTTP exchanges.

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

namespace tcr::net
{

/// Errors of an exchange with a server, in addition to those of the operating system.
enum class errc
{
    timed_out = 1,     ///< no complete response within the operation's limit
    closed,            ///< the server closed the connection before its response was complete
    bad_response,      ///< the bytes are not an HTTP response
    body_too_large,    ///< the body is longer than the caller accepts
    untrusted_server,  ///< the server's certificate does not verify against our CA, or is for another name
    bad_credentials,   ///< a certificate, key or TLS context cannot be used
    too_late,          ///< not sent: `time_limits::gate` was closed, for example because leadership ended
    proxy_refused      ///< a proxy opened no connection to the server, for example because of its login
};

boost::system::error_category const& category();

inline boost::system::error_code make_error_code(errc code)
{
    return {static_cast<int>(code), category()};
}

}  // namespace tcr::net

template <>
struct boost::system::is_error_code_enum<tcr::net::errc> : std::true_type
{
};
