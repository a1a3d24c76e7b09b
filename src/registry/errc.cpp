// SPDX-License-Identifier: Apache-2.0
#include <tcr/net/errc.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/error_category.hpp>

#include <boost/asio/error.hpp>

namespace tcr::registry
{
boost::system::error_category const& category()
{
    static table_category<errc> const instance(
        "tcr.registry",
        {
            {errc::no_identity, "there are no cloud keys to sign with"},
            {errc::bad_identity, "the cloud does not accept our keys"},
            {errc::clock_skew, "our clock and the cloud's differ by more than 5 minutes"},
            {errc::forbidden, "the access policy does not allow it"},
            {errc::not_found, "there is no such instance"},
            {errc::rejected, "the request was rejected"},
            {errc::limited, "too many requests"},
            {errc::unavailable, "unavailable"},
            {errc::bad_answer, "the answer is not the documented JSON"},
            {errc::unknown_token_value, "a long-term token already exists, and its value is unknown"},
            {errc::wrong_password, "the registry does not accept the user name or password"},
            {errc::no_registry, "the server that answered is not a registry"},
        }
    );
    return instance;
}

bool is_retryable(boost::system::error_code code)
{
    // A bad answer usually comes from a failing proxy between us and the cloud.
    if (code == errc::limited || code == errc::unavailable || code == errc::bad_answer ||
        code == net::errc::timed_out || code == net::errc::closed || code == net::errc::bad_response ||
        code == net::errc::proxy_refused)
        return true;
    // Our own errors, e.g. for an unusable URL or file, have the generic category and are not retryable.
    // Network errors have the category of the system, of name resolution or of TLS.
    return code.failed() && code != boost::asio::error::operation_aborted && code.category() != category() &&
           code.category() != net::category() && code.category() != boost::system::generic_category();
}

}  // namespace tcr::registry
