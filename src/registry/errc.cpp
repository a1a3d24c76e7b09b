#include <tcr/net/errc.hpp>
#include <tcr/registry/errc.hpp>
#include <tcr/util/error_category.hpp>

#include <boost/asio/error.hpp>

namespace tcr::registry
{
namespace
{

bool is_temporary(errc code)
{
    switch (code)
    {
        case errc::limited:
        case errc::unavailable:
        // Usually from a failing proxy between us and the cloud.
        case errc::bad_answer:
            return true;
        default:
            return false;
    }
}

bool is_temporary(net::errc code)
{
    switch (code)
    {
        case net::errc::timed_out:
        case net::errc::closed:
        case net::errc::bad_response:
            return true;
        default:
            return false;
    }
}

}  // namespace

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
    if (!code.failed() || code == boost::asio::error::operation_aborted)
        return false;
    if (code.category() == category())
        return is_temporary(static_cast<errc>(code.value()));
    if (code.category() == net::category())
        return is_temporary(static_cast<net::errc>(code.value()));
    // Errors of ours, e.g. an unusable URL or file, have the generic category. Network errors have the
    // category of the system, of name resolution or of TLS.
    return code.category() != boost::system::generic_category();
}

}  // namespace tcr::registry
