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
    timed_out = 1,     ///< a time limit ended the operation
    closed,            ///< the server closed the connection before its response was complete
    bad_response,      ///< the response is not valid HTTP, or a header line is longer than 8 KiB
    body_too_large,    ///< the body (with `web_client`, also the header) is longer than the caller accepts
    untrusted_server,  ///< the server's certificate is untrusted, not valid now, or issued for another name
    bad_credentials,   ///< a certificate, key or TLS context cannot be used, or is missing
    gate_closed,       ///< the request was not sent, because `time_limits::gate` was closed
    proxy_refused      ///< the proxy did not answer CONNECT with 2xx; 407 means a wrong or missing password
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
