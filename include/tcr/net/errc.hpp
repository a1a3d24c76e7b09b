#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

namespace tcr::net
{

/// What can go wrong on the way to a server and back, beside what the operating system reports.
enum class errc
{
    timed_out = 1,     ///< no answer within the operation's limit
    closed,            ///< the server closed the connection before its answer was complete
    bad_response,      ///< the bytes are no HTTP response
    body_too_large,    ///< the body is longer than the caller accepts
    untrusted_server,  ///< the server's certificate does not verify against our CA, or is for another name
    bad_credentials,   ///< our own certificate cannot be used
    too_late           ///< the request was not sent: who may send such had changed
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
