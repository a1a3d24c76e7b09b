// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/errc.hpp>
#include <tcr/util/error_category.hpp>

namespace tcr::net
{

boost::system::error_category const& category()
{
    static table_category<errc> const instance(
        "tcr.net",
        {
            {errc::timed_out, "timed out"},
            {errc::closed, "the server closed the connection"},
            {errc::bad_response, "the response is not valid HTTP"},
            {errc::body_too_large, "the response is too large"},
            {errc::untrusted_server, "the server's certificate cannot be trusted"},
            {errc::bad_credentials, "the client certificate cannot be used"},
            {errc::gate_closed, "this process may no longer write"},
            {errc::proxy_refused, "the proxy refused the connection"},
        }
    );
    return instance;
}

}  // namespace tcr::net
